//! A case in trouble → a smaller one in the same trouble, by leaving out bytes and making them
//! smaller.

use crate::compare::{Case, Trouble, Workbench};
use crate::statistics::Statistics;

/// How many smaller cases are tried.
const TRIES: usize = 200_000;

/// The bytes of a smaller case; if a request was to blame, that is the last one.
pub(crate) fn shrink(case: &Case<'_>, trouble: &Trouble) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut tries = TRIES;
    let mut policy = case.policy.to_vec();
    let mut requests = match trouble {
        Trouble::Differ(number, _) => {
            // Its place says by which way it is decided.
            let mut requests = vec![Vec::new(); *number];
            requests.push(case.requests[*number].clone());
            requests
        }
        Trouble::Build(_) => Vec::new(),
        Trouble::Panic(_) | Trouble::Together(_) => case.requests.to_vec(),
    };
    // Panics would be shown each time.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    loop {
        let before = (policy.clone(), requests.clone());
        policy = smaller(policy, &mut tries, |policy| {
            let requests = &requests;
            let of_2 = case.of_2;
            let smaller = Case {
                of_2,
                policy,
                requests,
            };
            in_trouble(&smaller, trouble)
        });
        for i in 0..requests.len() {
            requests[i] = smaller(requests[i].clone(), &mut tries, |request| {
                let mut requests = requests.clone();
                requests[i] = request.to_vec();
                let case = Case {
                    of_2: case.of_2,
                    policy: &policy,
                    requests: &requests,
                };
                in_trouble(&case, trouble)
            });
        }
        if tries == 0 || before == (policy.clone(), requests.clone()) {
            break;
        }
    }
    std::panic::set_hook(hook);
    (policy, requests)
}

fn in_trouble(case: &Case<'_>, trouble: &Trouble) -> bool {
    let mut workbench = Workbench::new();
    let tried = workbench.try_case(case, &mut Statistics::default());
    tried.is_err_and(|other| other.is_like(trouble))
}

fn smaller(mut bytes: Vec<u8>, tries: &mut usize, is_enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut attempt = |bytes: &mut Vec<u8>, candidate: Vec<u8>| {
        if *tries == 0 || candidate == *bytes {
            return false;
        }
        *tries -= 1;
        let enough = is_enough(&candidate);
        if enough {
            *bytes = candidate;
        }
        enough
    };
    let mut length = bytes.len();
    while length > 0 {
        let mut at = 0;
        while at < bytes.len() {
            let end = (at + length).min(bytes.len());
            let without = [&bytes[..at], &bytes[end..]].concat();
            let mut zeroed = bytes.clone();
            zeroed[at..end].fill(0);
            if !attempt(&mut bytes, without) {
                attempt(&mut bytes, zeroed);
                at += length;
            }
        }
        length /= 2;
    }
    // One choice the simplest, and what it led to left out.
    let mut at = 0;
    while at < bytes.len() {
        for length in (0..bytes.len() - at).rev() {
            let simplest = [&bytes[..at], &[0], &bytes[at + 1 + length..]].concat();
            if bytes[at] != 0 && attempt(&mut bytes, simplest) {
                break;
            }
        }
        at += 1;
    }
    for at in 0..bytes.len() {
        let mut step = bytes.get(at).map_or(0, |byte| byte / 2);
        while step > 0 {
            let mut lower = bytes.clone();
            // What is left may be another choice than before.
            let taken = match lower.get_mut(at) {
                Some(byte) if *byte >= step => {
                    *byte -= step;
                    attempt(&mut bytes, lower)
                }
                _ => false,
            };
            if !taken {
                step /= 2;
            }
        }
    }
    bytes
}
