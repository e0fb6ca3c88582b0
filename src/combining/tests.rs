use super::*;

const VALUES: [ExtendedDecision; 6] = [
    Permit,
    Deny,
    NotApplicable,
    IndeterminateP,
    IndeterminateD,
    IndeterminateDP,
];

fn fold(algorithm: &Algorithm, children: &[ExtendedDecision]) -> ExtendedDecision {
    let mut heard = Heard::default();
    for child in children {
        if let Some(value) = algorithm.hear(&mut heard, *child) {
            return value;
        }
    }
    algorithm.conclude(heard)
}

/// The informative descriptions of appendix C, as predicates over all children at once.
fn described(algorithm: &Algorithm, children: &[ExtendedDecision]) -> ExtendedDecision {
    let has = |value: ExtendedDecision| children.contains(&value);
    let any_error = children.iter().any(|value| value.is_indeterminate());
    match algorithm {
        Algorithm::DenyOverrides => {
            if has(Deny) {
                Deny
            } else if has(IndeterminateDP)
                || has(IndeterminateD) && (has(IndeterminateP) || has(Permit))
            {
                IndeterminateDP
            } else if has(IndeterminateD) {
                IndeterminateD
            } else if has(Permit) {
                Permit
            } else if has(IndeterminateP) {
                IndeterminateP
            } else {
                NotApplicable
            }
        }
        Algorithm::PermitOverrides => {
            let flipped: Vec<_> = children.iter().map(|value| flip(*value)).collect();
            flip(described(&Algorithm::DenyOverrides, &flipped))
        }
        Algorithm::DenyUnlessPermit => {
            if has(Permit) {
                Permit
            } else {
                Deny
            }
        }
        Algorithm::PermitUnlessDeny => {
            if has(Deny) {
                Deny
            } else {
                Permit
            }
        }
        Algorithm::FirstApplicable => {
            let first = children.iter().find(|value| **value != NotApplicable);
            match first {
                Some(value) if value.is_indeterminate() => IndeterminateDP,
                Some(value) => *value,
                None => NotApplicable,
            }
        }
        Algorithm::LegacyDenyOverridesRules => {
            if has(Deny) {
                Deny
            } else if has(IndeterminateD) || has(IndeterminateDP) {
                IndeterminateDP
            } else if has(Permit) {
                Permit
            } else if any_error {
                IndeterminateDP
            } else {
                NotApplicable
            }
        }
        Algorithm::LegacyPermitOverridesRules => {
            let flipped: Vec<_> = children.iter().map(|value| flip(*value)).collect();
            flip(described(&Algorithm::LegacyDenyOverridesRules, &flipped))
        }
        Algorithm::LegacyDenyOverridesPolicies => {
            if has(Deny) || any_error {
                Deny
            } else if has(Permit) {
                Permit
            } else {
                NotApplicable
            }
        }
        Algorithm::LegacyPermitOverridesPolicies => {
            if has(Permit) {
                Permit
            } else if has(Deny) {
                Deny
            } else if any_error {
                IndeterminateDP
            } else {
                NotApplicable
            }
        }
        other => unreachable!("{other:?} is no fold"),
    }
}

fn flip(value: ExtendedDecision) -> ExtendedDecision {
    match value {
        Permit => Deny,
        Deny => Permit,
        IndeterminateP => IndeterminateD,
        IndeterminateD => IndeterminateP,
        other => other,
    }
}

#[test]
fn every_sequence_of_up_to_five_children_combines_as_appendix_c_describes() {
    let mut sequences: Vec<Vec<ExtendedDecision>> = vec![Vec::new()];
    for from in 0.. {
        if from == sequences.len() || sequences[from].len() == 5 {
            break;
        }
        for value in VALUES {
            let mut longer = sequences[from].clone();
            longer.push(value);
            sequences.push(longer);
        }
    }
    assert_eq!(sequences.len(), 1 + 6 + 36 + 216 + 1296 + 7776);
    let folds = STANDARD
        .iter()
        .map(|(_, algorithm)| algorithm)
        .filter(|algorithm| {
            !matches!(
                algorithm,
                Algorithm::OnlyOneApplicable | Algorithm::OnPermitApplySecond
            )
        });
    for algorithm in folds {
        for children in &sequences {
            assert_eq!(
                fold(algorithm, children),
                described(algorithm, children),
                "{algorithm:?} over {children:?}"
            );
        }
    }
}

/// The oracle tries every algorithm.
#[test]
fn the_oracle_knows_every_algorithm() {
    let known = include_str!("../../tests/oracle/generate/policies.rs");
    for (id, _) in STANDARD {
        assert!(known.contains(&format!("\"{id}\"")), "{id}");
    }
}
