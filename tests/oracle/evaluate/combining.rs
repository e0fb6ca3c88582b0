//! The combining algorithms (appendix C), each written out as its pseudo-code has it.

use vedtak::syntax::Effect;

use super::policies::{Node, applies, evaluate, place};
use super::targets::Applies;
use super::version_2::one_indeterminate;
use super::{Could, Failure, Outcome, Verdict, World};

/// The value of `children` under the algorithm with this identifier.
///
/// An algorithm for policies does the same to rules, and the other way round: the pseudo-code of
/// C.2 to C.8 is one for both, and that of the older ones asks nothing only one of them has, save
/// effect(rule).
///
/// `place` is what is combined, for what the algorithm makes Indeterminate itself; it may be `of_2`,
/// and then does not learn what policies could have been.
pub(crate) fn combine(
    world: &World<'_>,
    algorithm: &str,
    children: &[Node<'_>],
    (place, of_2): (&str, bool),
) -> Outcome {
    let combining = Combining {
        world,
        children,
        place,
        of_2,
    };
    let algorithm = algorithm.strip_prefix("urn:oasis:names:tc:xacml:");
    match algorithm.expect("the generator knows the standard's algorithms only") {
        "3.0:rule-combining-algorithm:deny-overrides"
        | "3.0:policy-combining-algorithm:deny-overrides"
        | "3.0:rule-combining-algorithm:ordered-deny-overrides"
        | "3.0:policy-combining-algorithm:ordered-deny-overrides" => combining.deny_overrides(),
        "3.0:rule-combining-algorithm:permit-overrides"
        | "3.0:policy-combining-algorithm:permit-overrides"
        | "3.0:rule-combining-algorithm:ordered-permit-overrides"
        | "3.0:policy-combining-algorithm:ordered-permit-overrides" => combining.permit_overrides(),
        "3.0:rule-combining-algorithm:deny-unless-permit"
        | "3.0:policy-combining-algorithm:deny-unless-permit" => {
            combining.unless(Verdict::Deny, Verdict::Permit)
        }
        "3.0:rule-combining-algorithm:permit-unless-deny"
        | "3.0:policy-combining-algorithm:permit-unless-deny" => {
            combining.unless(Verdict::Permit, Verdict::Deny)
        }
        "1.0:rule-combining-algorithm:first-applicable"
        | "1.0:policy-combining-algorithm:first-applicable" => combining.first_applicable(),
        "1.0:policy-combining-algorithm:only-one-applicable" => combining.only_one_applicable(),
        "1.0:rule-combining-algorithm:deny-overrides"
        | "1.1:rule-combining-algorithm:ordered-deny-overrides" => {
            combining.legacy_rules(Verdict::Deny, Verdict::Permit)
        }
        "1.0:rule-combining-algorithm:permit-overrides"
        | "1.1:rule-combining-algorithm:ordered-permit-overrides" => {
            combining.legacy_rules(Verdict::Permit, Verdict::Deny)
        }
        "1.0:policy-combining-algorithm:deny-overrides"
        | "1.1:policy-combining-algorithm:ordered-deny-overrides" => {
            combining.legacy_deny_overrides_of_policies()
        }
        "1.0:policy-combining-algorithm:permit-overrides"
        | "1.1:policy-combining-algorithm:ordered-permit-overrides" => {
            combining.legacy_permit_overrides_of_policies()
        }
        "3.0:policy-combining-algorithm:on-permit-apply-second" => {
            combining.on_permit_apply_second()
        }
        other => panic!("unknown combining algorithm {other}"),
    }
}

struct Combining<'a> {
    world: &'a World<'a>,
    children: &'a [Node<'a>],
    place: &'a str,
    of_2: bool,
}

impl Combining<'_> {
    fn child(&self, at: usize) -> Outcome {
        let outcome = evaluate(self.world, self.children[at]);
        match self.children[at] {
            Node::Policy(_) | Node::PolicySet(_) if self.of_2 => one_indeterminate(outcome),
            _ => outcome,
        }
    }

    /// C.2 and C.3.
    fn deny_overrides(&self) -> Outcome {
        let mut seen = Vec::new();
        for i in 0..self.children.len() {
            seen.push(self.child(i));
            if seen[i].verdict == Verdict::Deny {
                return gather(Verdict::Deny, seen);
            }
        }
        let error = |could| has_error(&seen, could);
        let permit = has(&seen, Verdict::Permit);
        let verdict =
            if error(Could::Both) || error(Could::Deny) && (error(Could::Permit) || permit) {
                indeterminate(Could::Both, &seen)
            } else if error(Could::Deny) {
                indeterminate(Could::Deny, &seen)
            } else if permit {
                Verdict::Permit
            } else if error(Could::Permit) {
                indeterminate(Could::Permit, &seen)
            } else {
                Verdict::NotApplicable
            };
        gather(verdict, seen)
    }

    /// C.4 and C.5.
    fn permit_overrides(&self) -> Outcome {
        let mut seen = Vec::new();
        for i in 0..self.children.len() {
            seen.push(self.child(i));
            if seen[i].verdict == Verdict::Permit {
                return gather(Verdict::Permit, seen);
            }
        }
        let error = |could| has_error(&seen, could);
        let deny = has(&seen, Verdict::Deny);
        let verdict = if error(Could::Both) || error(Could::Permit) && (error(Could::Deny) || deny)
        {
            indeterminate(Could::Both, &seen)
        } else if error(Could::Permit) {
            indeterminate(Could::Permit, &seen)
        } else if deny {
            Verdict::Deny
        } else if error(Could::Deny) {
            indeterminate(Could::Deny, &seen)
        } else {
            Verdict::NotApplicable
        };
        gather(verdict, seen)
    }

    /// C.6 and C.7.
    fn unless(&self, verdict: Verdict, exception: Verdict) -> Outcome {
        let mut seen = Vec::new();
        for i in 0..self.children.len() {
            seen.push(self.child(i));
            if seen[i].verdict == exception {
                return gather(exception, seen);
            }
        }
        gather(verdict, seen)
    }

    /// C.8.
    fn first_applicable(&self) -> Outcome {
        for i in 0..self.children.len() {
            let outcome = self.child(i);
            if outcome.verdict != Verdict::NotApplicable {
                return untracked(outcome);
            }
        }
        Verdict::NotApplicable.into()
    }

    /// C.9.
    fn only_one_applicable(&self) -> Outcome {
        let mut selected = None;
        for &child in self.children {
            match applies(self.world, child) {
                Applies::NoMatch => {}
                Applies::Indeterminate(failure) => {
                    self.world.meet(failure, &place(child));
                    return Verdict::Indeterminate(Could::Both, failure).into();
                }
                Applies::Match if selected.is_some() => {
                    self.world.meet(Failure::Processing, self.place);
                    return Verdict::Indeterminate(Could::Both, Failure::Processing).into();
                }
                Applies::Match => selected = Some(child),
            }
        }
        match selected {
            Some(child) => untracked(evaluate(self.world, child)),
            None => Verdict::NotApplicable.into(),
        }
    }

    /// The rule-combining algorithms of C.10 to C.13.
    fn legacy_rules(&self, overriding: Verdict, other: Verdict) -> Outcome {
        let mut seen = Vec::new();
        let mut potential = false;
        for i in 0..self.children.len() {
            seen.push(self.child(i));
            match seen[i].verdict {
                verdict if verdict == overriding => return gather(overriding, seen),
                Verdict::Indeterminate(could, _) => {
                    potential |= match (self.children[i], overriding) {
                        (Node::Rule(rule, _), Verdict::Deny) => rule.effect == Effect::Deny,
                        (Node::Rule(rule, _), _) => rule.effect == Effect::Permit,
                        // A policy has no effect; it is what it could have been.
                        (_, Verdict::Deny) => could != Could::Permit,
                        (_, _) => could != Could::Deny,
                    };
                }
                _ => {}
            }
        }
        let verdict = if potential {
            indeterminate(Could::Both, &seen)
        } else if has(&seen, other) {
            other
        } else if first_failure(&seen).is_some() {
            indeterminate(Could::Both, &seen)
        } else {
            Verdict::NotApplicable
        };
        gather(verdict, seen)
    }

    /// The policy-combining algorithm of C.10 and C.11.
    fn legacy_deny_overrides_of_policies(&self) -> Outcome {
        let mut seen = Vec::new();
        for i in 0..self.children.len() {
            seen.push(self.child(i));
            if matches!(seen[i].verdict, Verdict::Deny | Verdict::Indeterminate(..)) {
                return gather(Verdict::Deny, seen);
            }
        }
        let permit = has(&seen, Verdict::Permit);
        gather(
            if permit {
                Verdict::Permit
            } else {
                Verdict::NotApplicable
            },
            seen,
        )
    }

    /// The policy-combining algorithm of C.12 and C.13.
    fn legacy_permit_overrides_of_policies(&self) -> Outcome {
        let mut seen = Vec::new();
        for i in 0..self.children.len() {
            seen.push(self.child(i));
            if seen[i].verdict == Verdict::Permit {
                return gather(Verdict::Permit, seen);
            }
        }
        let verdict = if has(&seen, Verdict::Deny) {
            Verdict::Deny
        } else if first_failure(&seen).is_some() {
            indeterminate(Could::Both, &seen)
        } else {
            Verdict::NotApplicable
        };
        gather(verdict, seen)
    }

    /// The algorithm of the Additional Combining Algorithms Profile: the first child says whether
    /// the second one decides or the third, if there is one.
    fn on_permit_apply_second(&self) -> Outcome {
        if !(2..=3).contains(&self.children.len()) {
            self.world.meet(Failure::Processing, self.place);
            return Verdict::Indeterminate(Could::Both, Failure::Processing).into();
        }
        let first = self.child(0);
        let second = match first.verdict {
            Verdict::Permit => self.child(1),
            Verdict::Indeterminate(Could::Permit | Could::Both, failure) => {
                return Verdict::Indeterminate(Could::Both, failure).into();
            }
            _ if self.children.len() == 3 => self.child(2),
            _ => return Verdict::NotApplicable.into(),
        };
        gather(second.verdict, vec![first, second])
    }
}

/// The outcome with the obligations and advice of the children that came to the same (§7.18).
fn gather(verdict: Verdict, children: Vec<Outcome>) -> Outcome {
    let mut outcome = Outcome::from(verdict);
    if matches!(verdict, Verdict::Permit | Verdict::Deny) {
        for child in children {
            if child.verdict == verdict {
                outcome.obligations.extend(child.obligations);
                outcome.advice.extend(child.advice);
            }
        }
    }
    outcome
}

/// C.1: where nobody keeps track, an Indeterminate could have been anything.
fn untracked(mut outcome: Outcome) -> Outcome {
    if let Verdict::Indeterminate(could, _) = &mut outcome.verdict {
        *could = Could::Both;
    }
    outcome
}

fn has(seen: &[Outcome], verdict: Verdict) -> bool {
    seen.iter().any(|outcome| outcome.verdict == verdict)
}

fn has_error(seen: &[Outcome], asked: Could) -> bool {
    let is = |outcome: &Outcome| matches!(outcome.verdict, Verdict::Indeterminate(could, _) if could == asked);
    seen.iter().any(is)
}

/// An Indeterminate with the status of the first child that is one.
fn indeterminate(could: Could, seen: &[Outcome]) -> Verdict {
    let failure = first_failure(seen).expect("some child is Indeterminate");
    Verdict::Indeterminate(could, failure)
}

fn first_failure(seen: &[Outcome]) -> Option<Failure> {
    seen.iter().find_map(|outcome| match outcome.verdict {
        Verdict::Indeterminate(_, failure) => Some(failure),
        _ => None,
    })
}
