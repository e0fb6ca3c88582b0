//! Whatever a request or a response is large in, one that is eight times as large takes about eight
//! times as long to read and decide: what is looked through once for each of its parts takes sixty-four
//! times as long, and allocates nothing that could be counted.
//!
//! Time is that of the processor on this thread, so others who use the machine do not count. Only two
//! sizes are compared, in turns and by the least of each, and the bound lies far from both.

use std::time::Duration;

use vedtak::{Pdp, Request, Response};

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";

/// How often each is measured.
const ROUNDS: usize = 5;

/// How much longer eight times as much may take: between eight times and sixty-four.
const MOST: u32 = 24;

/// That `work` takes time in proportion to what `make` makes.
fn in_proportion<T>(name: &str, few: usize, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    let (small, large) = (make(few), make(8 * few));
    let mut least = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        for (least, made) in least.iter_mut().zip([&small, &large]) {
            let before = busy();
            work(made);
            *least = (busy() - before).min(*least);
        }
        // Rounds are for noise.
        if least[1] < least[0] * (MOST / 2) {
            break;
        }
    }
    let [of_small, of_large] = least;
    println!("{name}: {of_small:?}, {of_large:?}");
    assert!(
        of_large < of_small * MOST,
        "{name}: {few} take {of_small:?}, and eight times as many {of_large:?}"
    );
}

/// For how long this thread has run.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn busy() -> Duration {
    #[repr(C)]
    struct Timespec {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
    }
    const CLOCK_THREAD_CPUTIME_ID: i32 = 3;
    let mut time = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the clock is one of Linux, and the time is laid out as C has it there.
    let told = unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(told, 0, "the clock can be read");
    Duration::from_secs(time.seconds.unsigned_abs())
        + Duration::from_nanos(time.nanoseconds.unsigned_abs())
}

/// Where no clock of the thread is known, for how long the test has run.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn busy() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

fn many(n: usize, each: impl Fn(usize) -> String) -> String {
    (0..n).map(each).collect()
}

fn list(n: usize, each: impl Fn(usize) -> String) -> String {
    (0..n).map(each).collect::<Vec<_>>().join(",")
}

fn version_2(content: &str) -> String {
    format!(
        r#"<Request xmlns="urn:oasis:names:tc:xacml:2.0:context:schema:os">{content}</Request>"#
    )
}

fn version_3(content: &str) -> String {
    format!(
        r#"<Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" ReturnPolicyIdList="false" CombinedDecision="false">{content}</Request>"#
    )
}

fn response(content: &str) -> String {
    format!(
        r#"<Response xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17">{content}</Response>"#
    )
}

fn attribute(number: usize) -> String {
    format!(
        r#"<Attribute AttributeId="a{number}" IncludeInResult="false"><AttributeValue DataType="{STRING}">v</AttributeValue></Attribute>"#
    )
}

fn attribute_2(number: usize) -> String {
    format!(
        r#"<Attribute AttributeId="a{number}" DataType="{STRING}"><AttributeValue>v</AttributeValue></Attribute>"#
    )
}

/// A document that is large in one way, and n times so.
type Shape = (&'static str, fn(usize) -> String);

const REQUESTS: &[Shape] = &[
    ("2.0: subjects of a category each", |n| {
        let subjects = many(n, |i| format!(r#"<Subject SubjectCategory="urn:c:{i}"/>"#));
        version_2(&(subjects + "<Resource/><Action/><Environment/>"))
    }),
    ("2.0: subjects of one category", |n| {
        let subjects = many(n, |i| format!("<Subject>{}</Subject>", attribute_2(i)));
        version_2(&(subjects + "<Resource/><Action/><Environment/>"))
    }),
    ("2.0: attributes", |n| {
        let subject = format!("<Subject>{}</Subject>", many(n, attribute_2));
        version_2(&(subject + "<Resource/><Action/><Environment/>"))
    }),
    ("2.0: resources", |n| {
        let resources = "<Resource/>".repeat(n);
        version_2(&format!("<Subject/>{resources}<Action/><Environment/>"))
    }),
    ("3.0: categories", |n| {
        version_3(&many(n, |i| {
            format!(r#"<Attributes Category="urn:c:{i}"/>"#)
        }))
    }),
    ("3.0: attributes", |n| {
        let attributes = many(n, attribute);
        version_3(&format!(
            r#"<Attributes Category="c">{attributes}</Attributes>"#
        ))
    }),
    ("3.0: values", |n| {
        let values = many(n, |i| {
            format!(r#"<AttributeValue DataType="{STRING}">v{i}</AttributeValue>"#)
        });
        let attribute =
            format!(r#"<Attribute AttributeId="a" IncludeInResult="false">{values}</Attribute>"#);
        version_3(&format!(
            r#"<Attributes Category="c">{attribute}</Attributes>"#
        ))
    }),
    ("3.0: references", |n| {
        let categories = many(n, |i| {
            format!(r#"<Attributes Category="urn:c:{i}" xml:id="i{i}"/>"#)
        });
        let references = many(n, |i| {
            format!(
                r#"<RequestReference><AttributesReference ReferenceId="i{}"/></RequestReference>"#,
                n - 1 - i
            )
        });
        version_3(&format!(
            "{categories}<MultiRequests>{references}</MultiRequests>"
        ))
    }),
    ("3.0: references in one", |n| {
        let categories = many(n, |i| {
            format!(r#"<Attributes Category="urn:c:{i}" xml:id="i{i}"/>"#)
        });
        let references = many(n, |i| {
            format!(r#"<AttributesReference ReferenceId="i{}"/>"#, n - 1 - i)
        });
        let references = format!("<RequestReference>{references}</RequestReference>");
        version_3(&format!(
            "{categories}<MultiRequests>{references}</MultiRequests>"
        ))
    }),
    ("3.0: an entity", |n| {
        let entity = "urn:oasis:names:tc:xacml:3.0:data-type:entity";
        let value = format!(
            r#"<AttributeValue DataType="{entity}">{}</AttributeValue>"#,
            many(n, attribute)
        );
        let attribute =
            format!(r#"<Attribute AttributeId="a" IncludeInResult="false">{value}</Attribute>"#);
        version_3(&format!(
            r#"<Attributes Category="c">{attribute}</Attributes>"#
        ))
    }),
    ("JSON: categories", |n| {
        let categories = list(n, |i| {
            format!(r#"{{"CategoryId": "urn:c:{i}", "Id": "i{i}"}}"#)
        });
        format!(r#"{{"Request": {{"Category": [{categories}]}}}}"#)
    }),
    ("JSON: attributes", |n| {
        let attributes = list(n, |i| format!(r#"{{"AttributeId": "a{i}", "Value": "v"}}"#));
        format!(r#"{{"Request": {{"AccessSubject": {{"Attribute": [{attributes}]}}}}}}"#)
    }),
    ("JSON: values", |n| {
        let values = list(n, |i| format!(r#""v{i}""#));
        format!(
            r#"{{"Request": {{"Action": {{"Attribute": {{"AttributeId": "a", "Value": [{values}]}}}}}}}}"#
        )
    }),
    ("JSON: references", |n| {
        let categories = list(n, |i| {
            format!(r#"{{"CategoryId": "urn:c:{i}", "Id": "i{i}"}}"#)
        });
        let references = list(n, |i| format!(r#"{{"ReferenceId": ["i{}"]}}"#, n - 1 - i));
        format!(
            r#"{{"Request": {{"Category": [{categories}], "MultiRequests": {{"RequestReference": [{references}]}}}}}}"#
        )
    }),
    ("JSON: unknown members", |n| {
        let members = list(n, |i| format!(r#""x{i}": 1"#));
        format!(r#"{{"Request": {{{members}}}}}"#)
    }),
];

const RESPONSES: &[Shape] = &[
    ("results", |n| {
        response(&"<Result><Decision>Permit</Decision></Result>".repeat(n))
    }),
    ("obligations", |n| {
        let obligations = many(n, |i| format!(r#"<Obligation ObligationId="o{i}"/>"#));
        response(&format!(
            "<Result><Decision>Permit</Decision><Obligations>{obligations}</Obligations></Result>"
        ))
    }),
    ("categories", |n| {
        let categories = many(n, |i| format!(r#"<Attributes Category="urn:c:{i}"/>"#));
        response(&format!(
            "<Result><Decision>Permit</Decision>{categories}</Result>"
        ))
    }),
    ("missing attributes", |n| {
        let missing = many(n, |i| {
            format!(
                r#"<MissingAttributeDetail Category="c" AttributeId="a{i}" DataType="{STRING}"/>"#
            )
        });
        let code = r#"<StatusCode Value="urn:oasis:names:tc:xacml:1.0:status:missing-attribute"/>"#;
        response(&format!(
            "<Result><Decision>Indeterminate</Decision><Status>{code}<StatusDetail>{missing}</StatusDetail></Status></Result>"
        ))
    }),
    ("JSON: results", |n| {
        let results = list(n, |_| r#"{"Decision": "Permit"}"#.to_owned());
        format!(r#"{{"Response": [{results}]}}"#)
    }),
];

#[test]
fn reading_and_deciding_takes_time_in_proportion_to_the_request() {
    let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    let pdp = Pdp::from_xml(policy).expect("compiles");
    for (name, shape) in REQUESTS {
        in_proportion(name, 1_500, shape, |text| {
            let read = match text.starts_with('<') {
                true => Request::from_xml(text),
                false => Request::from_json(text),
            };
            if let Ok(request) = read {
                let response = pdp.decide(&request);
                assert!(!response.results.is_empty());
            }
        });
    }
}

#[test]
fn reading_takes_time_in_proportion_to_the_response() {
    for (name, shape) in RESPONSES {
        in_proportion(name, 1_500, shape, |text| {
            let read = match text.starts_with('<') {
                true => Response::from_xml(text),
                false => Response::from_json(text),
            };
            assert!(read.is_ok(), "{name}: {read:?}");
        });
    }
}

#[test]
fn reading_and_deciding_takes_time_in_proportion_to_the_evaluation() {
    let pdp = Pdp::from_xml(include_str!("../../fixtures/altinn/resource-policy.xml"));
    let pdp = pdp.expect("compiles");
    let mapping = vedtak::authzen::Mapping::by_name();
    let shapes: &[Shape] = &[
        ("properties", |n| list(n, |i| format!(r#""p{i}": "v""#))),
        ("properties that cannot be used", |n| {
            list(n, |i| format!(r#""p{i}": null"#))
        }),
        ("a property of many values", |n| {
            format!(r#""p": [{}]"#, list(n, |i| format!(r#""v{i}""#)))
        }),
    ];
    for (name, shape) in shapes {
        let make = |n| {
            format!(
                r#"{{"subject": {{"type": "user", "id": "1", "properties": {{{}}}}}, "action": {{"name": "read"}}, "resource": {{"type": "letter", "id": "1"}}}}"#,
                shape(n)
            )
        };
        in_proportion(name, 1_500, make, |text| {
            let evaluation = vedtak::authzen::Evaluation::from_json(text).expect("can be read");
            let told = evaluation.decide(&mapping, |request| pdp.decide(request));
            assert!(told.is_ok_and(|told| !told.decision));
        });
    }
}

/// A batch may be of as many askers as it has requests.
#[cfg(feature = "altinn")]
#[test]
fn a_batch_takes_time_in_proportion_to_its_askers() {
    use vedtak::altinn::Register;

    let policy = include_str!("../../fixtures/altinn/first-service/policy.xml");
    let at = "2026-03-02T09:00:00+01:00".parse().expect("is an instant");
    let make = |n: usize| {
        let persons = list(n, |i| {
            format!(
                r#"{{"kind": "person", "name": "P{i}", "user": {}}}"#,
                1_000 + i
            )
        });
        let roles = list(n, |i| {
            format!(r#"{{"to": "P{i}", "from": "O", "role": "dagl"}}"#)
        });
        let register = format!(
            r#"{{"format": "vedtak-register", "version": 1, "roles": [{roles}],
            "resources": [{{"id": "ttd-brev", "owner": "ttd"}}],
            "parties": [{{"kind": "organisation", "name": "O", "number": "310000101", "legal_form": "AS"}}, {persons}]}}"#
        );
        let register = Register::from_json("register.json", register.as_bytes());
        let register = register.expect("can be read");
        let builder = || vedtak::altinn::Pdp::builder().policy("ttd-brev", policy);
        let known = builder().register(&register).build().expect("compiles");
        // Where nobody knows parties, they are what requests say.
        let stated = builder().build().expect("compiles");
        let requests = (0..n).map(|i| {
            Request::builder()
                .subject("urn:altinn:userid", (1_000 + i).to_string())
                .resource("urn:altinn:resource", "ttd-brev")
                .resource("urn:altinn:organization:identifier-no", "310000101")
                .action("read")
                .build()
        });
        (known, stated, requests.collect::<Vec<_>>())
    };
    in_proportion("known askers", 3_000, make, |(known, _, requests)| {
        let rulings = known.decide_all_at(requests, at);
        let permits =
            |ruling: &vedtak::altinn::Ruling| ruling.decision() == vedtak::Decision::Permit;
        assert!(rulings.iter().all(permits));
    });
    in_proportion("stated askers", 3_000, make, |(_, stated, requests)| {
        assert_eq!(stated.decide_all_at(requests, at).len(), requests.len());
    });
}
