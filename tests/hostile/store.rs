//! A store that somebody fills with what is made to hurt, and hosts whose code looks back at it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use vedtak::attribute::Designator;
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::{Context, Decision, Limits, Pdp, PdpBuilder, Request, Store};

const NS: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const POLICIES: &str = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
const RULES: &str = "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides";

fn builder() -> PdpBuilder {
    Pdp::builder().root_combining(POLICIES)
}

fn empty() -> Store {
    builder().saveable().store().expect("an empty store")
}

fn all_of(attribute: &str, value: &str, must_be_present: bool) -> String {
    format!(
        r#"<AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
        <AttributeValue DataType="{STRING}">{value}</AttributeValue>
        <AttributeDesignator Category="{RESOURCE}" AttributeId="{attribute}" DataType="{STRING}"
          MustBePresent="{must_be_present}"/></Match></AllOf>"#
    )
}

/// A policy that permits where one of these holds.
fn any_of(id: &str, all_ofs: &str) -> String {
    format!(
        r#"<Policy xmlns="{NS}" PolicyId="{id}" Version="1" RuleCombiningAlgId="{RULES}">
        <Target><AnyOf>{all_ofs}</AnyOf></Target><Rule RuleId="r" Effect="Permit"/></Policy>"#
    )
}

fn policy(id: &str, attribute: &str, value: &str) -> String {
    any_of(id, &all_of(attribute, value, false))
}

fn set(id: &str, version: &str, children: &str) -> String {
    format!(
        r#"<PolicySet xmlns="{NS}" PolicySetId="{id}" Version="{version}" PolicyCombiningAlgId="{POLICIES}">
        <Target/>{children}</PolicySet>"#
    )
}

fn refer(id: &str) -> String {
    format!("<PolicySetIdReference>{id}</PolicySetIdReference>")
}

fn ask(store: &Store, attribute: &str, value: &str) -> Decision {
    let request = Request::builder().resource(attribute, value).build();
    store.pdp().decide(&request).decision()
}

/// The least work with which the owner of 7 is permitted, beside a policy of this many attributes.
fn work_beside(attributes: usize) -> u64 {
    let all_ofs: String = (0..attributes)
        .map(|number| all_of(&format!("h{number}"), "x", false))
        .collect();
    let hostile = any_of("hostile", &all_ofs);
    let permits = |work: u64| {
        let mut limits = Limits::default();
        limits.work = work;
        let store = builder().limits(limits).store().expect("an empty store");
        for number in 0..100 {
            let text = policy(&format!("p{number}"), "owner", &number.to_string());
            store.put("p.xml", text).expect("it compiles");
        }
        store.put("h.xml", &hostile).expect("it compiles");
        ask(&store, "owner", "7") == Decision::Permit
    };
    let (mut too_little, mut enough) = (0, 1_000);
    assert!(permits(enough), "with {attributes} attributes");
    while enough - too_little > 1 {
        let between = u64::midpoint(too_little, enough);
        match permits(between) {
            true => enough = between,
            false => too_little = between,
        }
    }
    enough
}

/// What one policy asks for costs the decisions about others nothing.
#[test]
fn a_policy_of_many_attributes_slows_nobody() {
    let work = work_beside(1);
    for attributes in [100, 1_000] {
        assert_eq!(work_beside(attributes), work, "{attributes} attributes");
    }
    // It decides nevertheless, by any of them.
    let all_ofs: String = (0..1_000)
        .map(|number| all_of(&format!("h{number}"), "x", false))
        .collect();
    let store = empty();
    store
        .put("h.xml", any_of("hostile", &all_ofs))
        .expect("it compiles");
    for number in [0, 500, 999] {
        assert_eq!(ask(&store, &format!("h{number}"), "x"), Decision::Permit);
        assert_eq!(
            ask(&store, &format!("h{number}"), "y"),
            Decision::NotApplicable
        );
    }
    assert_eq!(ask(&store, "h1000", "x"), Decision::NotApplicable);
    // It is taken out again as if it had never been there.
    store.remove("hostile").expect("nobody refers to it");
    assert_eq!(store.pdp().attributes().count(), 0);
    assert_eq!(ask(&store, "h7", "x"), Decision::NotApplicable);
}

/// What a decision has read tells it from one that would be another, although the store did not look
/// at what the request has not.
#[test]
fn what_the_request_lacks_is_among_what_was_read() {
    let store = empty();
    store
        .put("p.xml", policy("p", "owner", "kari"))
        .expect("it compiles");
    store
        .put("q.xml", policy("q", "other", "kari"))
        .expect("it compiles");
    let pdp = store.pdp();
    let key = |attributes: &[(&str, &str)]| {
        let mut request = Request::builder();
        for (id, value) in attributes {
            request = request.resource(*id, *value);
        }
        let request = request.build();
        let mut context = Context::new();
        let outcome = pdp.decide_with(&mut context, &request);
        let mut read: Vec<String> = outcome
            .attributes_read()
            .map(|read| read.designator.id.to_string())
            .collect();
        read.sort();
        read.dedup();
        assert_eq!(read, ["other", "owner"]);
        (outcome.cache_key(), outcome.decision())
    };
    let absent = key(&[("owner", "per")]);
    let present = key(&[("owner", "per"), ("other", "kari")]);
    assert_eq!(
        (absent.1, present.1),
        (Decision::NotApplicable, Decision::Permit)
    );
    assert_ne!(absent.0, present.0);
    assert_eq!(absent.0, key(&[("owner", "per"), ("third", "x")]).0);
}

/// Names that no policy asks for any more are forgotten, by whatever way the policies went.
#[test]
fn names_that_no_policy_asks_for_are_forgotten() {
    let store = empty();
    store
        .put("p.xml", policy("p", "owner", "7"))
        .expect("it compiles");
    let count = || store.pdp().attributes().count();
    for round in 0..300 {
        let attribute = format!("a{round}");
        store
            .put("x.xml", policy("x", &attribute, "v"))
            .expect("it compiles");
        assert_eq!(count(), 2, "after {round}");
        assert_eq!(ask(&store, &attribute, "v"), Decision::Permit);
        assert_eq!(ask(&store, "owner", "7"), Decision::Permit);
        // One that is refused leaves nothing, either.
        let refused = policy("y", &format!("b{round}"), "v").replace("string-equal", "strange");
        store.put("y.xml", refused).expect_err("no such function");
        // Nor does one whose references lead nowhere.
        let dangling = set(
            "z",
            "1",
            &format!(
                "{}{}",
                refer("nothing"),
                any_of("in", &all_of("c", "v", true))
            ),
        );
        store.put("z.xml", dangling).expect_err("nothing is there");
        assert_eq!(count(), 2);
    }
    let loading = store.load(
        (0..50).map(|number| {
            let text = policy(&format!("l{number}"), &format!("l{number}"), "v");
            (format!("l{number}.xml"), text.into_bytes())
        }),
        |_| {},
    );
    assert_eq!((loading.loaded, count()), (50, 52));
    for number in 0..50 {
        store
            .remove(&format!("l{number}"))
            .expect("nobody refers to it");
    }
    store.remove("x").expect("nobody refers to it");
    assert_eq!(count(), 1);
    assert_eq!(ask(&store, "owner", "7"), Decision::Permit);
}

/// Whoever is told how far a load is may look at the store, and even change it.
#[test]
fn callbacks_may_look_at_their_own_store() {
    let store = empty();
    let own = store.clone();
    let documents = (0..3).map(|number| {
        let _ = (
            own.len(),
            own.is_empty(),
            own.ids(),
            own.documents(),
            own.pdp(),
        );
        let name = format!("p{number}");
        let text = policy(&name, "owner", &name);
        (name, text.into_bytes())
    });
    let mut told = 0;
    let loading = store.load(documents, |progress| {
        told += 1;
        let put = store.put("meanwhile.xml", policy("meanwhile", "owner", "now"));
        assert_eq!(put.expect("it compiles").version, 1);
        assert_eq!((store.len(), progress.loaded), (1, 3));
    });
    assert_eq!(
        (told, loading.loaded, loading.version, store.len()),
        (1, 3, 2, 4)
    );
    let mut saved = Vec::new();
    store.save(&mut saved).expect("memory");
    let restored = store.restore(saved.as_slice(), |_| {
        assert_eq!((store.ids().len(), store.documents().len()), (4, 4));
    });
    assert_eq!(restored.expect("it is whole"), 3);
}

/// Answers whether it supplies an attribute when somebody else has looked at the store.
struct Slow {
    asked: Mutex<Sender<()>>,
    looked: Mutex<Receiver<()>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nobody panicked")
}

impl AttributeProvider for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        if &*wanted.id == "slow" {
            locked(&self.asked).send(()).expect("somebody waits");
            let looked = locked(&self.looked).recv_timeout(Duration::from_secs(60));
            looked.expect("a look at the store must not wait for its writer");
        }
        false
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Ok(Vec::new().into())
    }
}

#[test]
fn looking_at_a_store_waits_for_no_writer() {
    let (asked, was_asked) = channel();
    let (look, looked) = channel();
    let slow = Slow {
        asked: Mutex::new(asked),
        looked: Mutex::new(looked),
    };
    let store = builder().provider(slow).store().expect("an empty store");
    store
        .put("p.xml", policy("p", "owner", "7"))
        .expect("it compiles");
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| store.put("s.xml", policy("s", "slow", "x")));
        // While it is compiled.
        was_asked.recv().expect("it asks");
        assert_eq!((store.len(), store.version()), (1, 1));
        assert_eq!(store.ids(), ["p"]);
        assert_eq!(store.documents().iter().count(), 1);
        assert_eq!(ask(&store, "owner", "7"), Decision::Permit);
        look.send(()).expect("it waits");
        // And when the attributes of the next version are asked about, if they are.
        let _ = look.send(());
        writer.join().expect("no panic").expect("it compiles");
    });
    assert_eq!(store.len(), 2);
}

/// References that are nested, many, or each twice, take the time of their number.
#[test]
fn references_of_many_shapes_cost_what_they_are() {
    let leaf = any_of("leaf", &all_of("owner", "7", false));
    // A chain: those at its end are taken, the others are nested too deep.
    let link = |number: usize| {
        set(
            &format!("c{number}"),
            "1",
            &refer(&format!("c{}", number + 1)),
        )
    };
    let chain = (0..3_000).map(|number| match number {
        2_999 => (
            number,
            set("c2999", "1", &leaf.replace(&format!(" xmlns=\"{NS}\""), "")),
        ),
        _ => (number, link(number)),
    });
    let store = empty();
    let chain = chain.map(|(number, text)| (format!("{number}.xml"), text.into_bytes()));
    let loading = store.load(chain, |_| {});
    let depth = Limits::default().reference_depth;
    assert_eq!(loading.loaded, depth + 1);
    assert_eq!(loading.refused.len(), 3_000 - depth - 1);
    let told = loading.refused[0].1.to_string();
    assert!(told.contains("nested too deep; the limit is 20"), "{told}");
    assert_eq!(ask(&store, "owner", "7"), Decision::Permit);
    // One that leads nowhere takes all that refer to it along, and no others, and each says why.
    let store = empty();
    let chain = (0..1_000).map(|number| (format!("{number}.xml"), link(number).into_bytes()));
    let good = |id: &str| (format!("{id}.xml"), policy(id, "owner", "7").into_bytes());
    let all = [good("a")].into_iter().chain(chain).chain([good("b")]);
    let loading = store.load(all, |_| {});
    assert_eq!(
        (loading.ids, loading.refused.len()),
        (vec!["a".to_owned(), "b".to_owned()], 1_000)
    );
    for (number, (name, error)) in loading.refused.iter().enumerate() {
        assert_eq!(*name, format!("{number}.xml"));
        let told = error.to_string();
        let expected = format!("no PolicySet `c{}` is loaded", number + 1);
        assert!(told.contains(&expected), "{told}");
    }
    // Layers of two, of which each refers to both below: 2^18 ways, and each document is looked at
    // once.
    let layers = (0..18).flat_map(|layer| {
        ["a", "b"].map(|side| {
            let below = layer + 1;
            let children = match layer {
                17 => String::new(),
                _ => format!(
                    "{}{}",
                    refer(&format!("a{below}")),
                    refer(&format!("b{below}"))
                ),
            };
            let name = format!("{side}{layer}");
            let text = set(&name, "1", &children);
            (name, text.into_bytes())
        })
    });
    let store = empty();
    let loading = store.load(layers, |_| {});
    assert_eq!((loading.loaded, loading.refused.len()), (36, 0));
    // Twice as many ways each time, until a decision would take too long.
    let mut limits = Limits::default();
    limits.visits = 1_000;
    let store = builder().limits(limits).store().expect("an empty store");
    store.put("0.xml", set("d0", "1", "")).expect("it compiles");
    let refused = (1..20).find(|layer| {
        let below = refer(&format!("d{}", layer - 1));
        let text = set(&format!("d{layer}"), "1", &format!("{below}{below}"));
        store.put("d.xml", text).is_err()
    });
    // d(n) visits 2^(n+1) - 1.
    assert_eq!(refused, Some(9));
}
