//! The list of troubles is bounded, paid for, and the cause of the status is in it.

use vedtak::decision::StatusCode;
use vedtak::response::{ResponseResult, Status, Trouble};
use vedtak::{Decision, Limits};

use super::{NAMESPACE, XACML, asks_for, builder, built, policy, read};

/// Rules that miss an attribute each, or all the same, and the troubles that are told of them.
pub(super) fn rules(count: usize, id: impl Fn(usize) -> String) -> String {
    let rule = |number: usize| {
        let target = asks_for(&id(number), true);
        format!(r#"<Rule RuleId="r{number}" Effect="Permit">{target}</Rule>"#)
    };
    (0..count).map(rule).collect()
}

#[test]
fn the_list_is_bounded_and_says_how_many_more() {
    for count in [50, 100, 200] {
        let same = policy("deny-unless-permit", &rules(count, |_| "name".to_owned()));
        let response = built(builder(&same)).decide(&read());
        let troubles: Vec<&Trouble> = response.troubles().collect();
        assert_eq!(troubles.len(), 1);
        assert_eq!(troubles[0].places.len(), 20);
        assert_eq!(troubles[0].more_places, count - 20);
        let line = troubles[0].to_string();
        let end = format!(
            "; in Rule `r0` of Policy `p`, in Rule `r1` of Policy `p`, in Rule `r2` of Policy `p` \
             and {} more",
            count - 3
        );
        assert!(line.ends_with(&end), "{line}");
        let own = policy(
            "deny-unless-permit",
            &rules(count, |number| format!("name-{number}")),
        );
        let response = built(builder(&own)).decide(&read());
        let troubles: Vec<&Trouble> = response.troubles().collect();
        assert_eq!(troubles.len(), count.min(101));
        let last = troubles.last().map(ToString::to_string).unwrap_or_default();
        let left_out = count > 100 && last == "failures of more causes than 100 (100)";
        assert_eq!(left_out, count > 100, "{last}");
    }
}

/// Troubles of several results are one list, which counts those that each of them left out.
#[test]
fn joined_lists_count_all_that_was_left_out() {
    let of = |prefix: &str, count: usize| {
        let own = policy(
            "deny-unless-permit",
            &rules(count, |number| format!("{prefix}-{number}")),
        );
        let response = built(builder(&own)).decide(&read());
        response.troubles().cloned().collect::<Vec<Trouble>>()
    };
    for (one, other, left_out) in [(150, 150, 200), (150, 1, 51), (60, 60, 20), (50, 50, 0)] {
        let (first, second) = (of("one", one), of("other", other));
        let joined = Trouble::joined(first.iter().chain(&second));
        let again = Trouble::joined(&joined);
        assert_eq!(again, joined);
        assert_eq!(joined.last().map(|last| last.left_out), Some(left_out));
        let last = joined.last().map(ToString::to_string);
        let expected =
            (left_out > 0).then(|| format!("failures of more causes than 100 ({left_out})"));
        match expected {
            Some(expected) => assert_eq!(last, Some(expected)),
            None => assert_eq!(joined.len(), one + other),
        }
    }
}

/// A cause is counted by what it is, not by its words.
#[test]
fn a_cause_that_reads_like_the_count_of_others_is_one() {
    let status = |message: &str| Status::new(StatusCode::ProcessingError, message);
    let of = |message: &str| ResponseResult::indeterminate(status(message)).troubles;
    let like = of("failures of more causes than 100 (7)");
    let joined = Trouble::joined(like.iter().chain(&of("down")));
    assert_eq!(joined.len(), 2);
    assert!(joined.iter().all(|trouble| trouble.left_out == 0));
}

/// The cause of a status is told, whatever number of other causes was met before it and after it.
#[test]
fn the_list_has_the_cause_of_the_status() {
    for (before, after) in [
        (0, 1),
        (99, 0),
        (99, 1),
        (100, 0),
        (149, 0),
        (149, 30),
        (250, 0),
    ] {
        let many = |prefix: &'static str, count: usize| {
            let rules = rules(count, |number| format!("{prefix}-{number}"));
            let text = policy("deny-unless-permit", &rules);
            text.replace(r#"PolicyId="p""#, &format!(r#"PolicyId="{prefix}""#))
        };
        // Deny, then Indeterminate{P}, so that the whole is Indeterminate for the sake of the latter.
        let own = policy("deny-overrides", &rules(1, |_| "decisive".to_owned()));
        let text = format!(
            r#"<PolicySet {NAMESPACE} PolicySetId="s" Version="1.0"
                PolicyCombiningAlgId="{XACML}3.0:policy-combining-algorithm:permit-overrides">
                <Target/>{}{own}{}</PolicySet>"#,
            many("before", before),
            many("after", after),
        );
        let response = built(builder(&text)).decide(&read());
        assert_eq!(response.decision(), Decision::Indeterminate);
        let status = response.status().and_then(|status| status.message.clone());
        let status = status.unwrap_or_default();
        assert!(status.contains("`decisive`"), "{status}");
        let lines: Vec<String> = response.troubles().map(ToString::to_string).collect();
        let same = lines.iter().filter(|line| **line == status);
        assert_eq!(
            same.count(),
            1,
            "{before} and {after}: {status}\n{lines:#?}"
        );
        let all = before + 1 + after;
        assert_eq!(lines.len(), all.min(101), "{before} and {after}");
        let counted = format!(
            "failures of more causes than 100 ({})",
            all.saturating_sub(100)
        );
        let is_counted = lines.last() == Some(&counted);
        assert_eq!(is_counted, all > 100, "{counted}\n{lines:#?}");
    }
}

/// What an outage costs grows with the rules that it hits, and is paid for.
#[test]
fn troubles_are_paid_for() {
    let work = |count: usize| {
        let text = policy(
            "deny-unless-permit",
            &rules(count, |number| format!("n{number}")),
        );
        let fits = |work: u64| {
            let mut limits = Limits::default();
            limits.work = work;
            let response = built(builder(&text).limits(limits)).decide(&read());
            response.decision() == Decision::Deny
        };
        let mut work = 1;
        while !fits(work) {
            work += work / 16 + 1;
        }
        work
    };
    let counts = [50, 100, 200].map(work);
    assert!(counts[0] > 50 * 32, "{counts:?}");
    assert!(counts[2] < 5 * counts[0], "{counts:?}");
    assert!(counts[1] < 3 * counts[0], "{counts:?}");
}

#[test]
fn a_decision_beyond_the_limit_says_only_that() {
    let mut limits = Limits::default();
    limits.work = 200;
    let text = policy("deny-unless-permit", &rules(50, |_| "name".to_owned()));
    let response = built(builder(&text).limits(limits)).decide(&read());
    let lines: Vec<String> = response.troubles().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        ["the decision takes more work than the limit allows (`Limits::work`)"]
    );
}
