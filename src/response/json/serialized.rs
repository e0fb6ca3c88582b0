//! Responses and their parts ↔ serde, in the form of the JSON Profile and by its reader.

use super::*;
use crate::request::json::serialized::as_profile;

as_profile! {
    Response:
        |writer, response| writer.object(|writer| {
            writer.name("Response");
            writer.array(|writer| response.results.iter().for_each(|r| write::result(writer, r)));
        }),
        |json, root, values| Some(response(json, root, values));
    ResponseResult: write::result, result;
    Status:
        |writer, status| writer.object(|writer| write::status(writer, status)),
        status;
    Obligation:
        |writer, obligation| write::obligation_or_advice(writer, &obligation.id, &obligation.assignments),
        |json, root, values| {
            let (id, assignments) = obligation_or_advice(json, root, "an obligation", values)?;
            Some(Obligation { id, assignments })
        };
    Advice:
        |writer, advice| write::obligation_or_advice(writer, &advice.id, &advice.assignments),
        |json, root, values| {
            let (id, assignments) = obligation_or_advice(json, root, "advice", values)?;
            Some(Advice { id, assignments })
        };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;
    use crate::decision::{ExtendedDecision, XacmlVersion};
    use crate::response::json::tests::in_order;
    use crate::response::xml::tests::full;
    use crate::value::{DataType, Date, DateTime, Zone, entity};
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    /// Through JSON's text, and through a tree of JSON, both ways.
    fn back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
        let text = serde_json::to_string(value).expect("is written");
        assert_eq!(&serde_json::from_str::<T>(&text).expect(&text), value);
        let tree = serde_json::to_value(value).expect("is written");
        assert_eq!(&serde_json::from_value::<T>(tree).expect(&text), value);
        text
    }

    #[test]
    fn responses_and_requests_have_the_form_of_the_profile() {
        let response = in_order(full());
        let text = back(&response);
        let as_tree =
            |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("is JSON");
        assert_eq!(as_tree(&text), as_tree(&response.to_json()));
        assert_eq!(Response::from_json(&text), Ok(response));
        let request = Request::builder()
            .subject("role", "dagl")
            .subject("weight", 1.0)
            .subject("infinite", f64::INFINITY)
            .resource(
                "number",
                "123456789012345678901234567890"
                    .parse::<crate::value::Integer>()
                    .expect("is one"),
            )
            .action("read")
            .build();
        assert_eq!(as_tree(&back(&request)), as_tree(&request.to_json()));
    }

    #[test]
    fn parts_read_back() {
        for result in &in_order(full()).results {
            back(result);
            result.status.iter().for_each(|status| drop(back(status)));
            result.obligations.iter().for_each(|one| drop(back(one)));
            result.advice.iter().for_each(|one| drop(back(one)));
            result.policies.iter().for_each(|one| drop(back(one)));
        }
        let entity = entity::Entity::builder()
            .attribute("a", 1)
            .build()
            .expect("is small");
        for value in [
            Value::from("a\u{1}\"\\"),
            Value::from(true),
            Value::from(-5),
            Value::from(i64::MAX),
            Value::from(5.0),
            Value::from(f64::NAN),
            Value::from(entity),
            Value::parse(DataType::DateTime, "2026-03-02T12:00:00.5+01:00").expect("is one"),
        ] {
            back(&value);
        }
        assert_eq!(back(&Value::from(5)), r#"{"Value":5}"#);
        let trouble = Trouble {
            attribute: Some(Designator::new("c", "i", DataType::Integer)),
            places: vec![TroublePlace {
                policy: PolicyIdentifier::policy("p"),
                rule: Some("r".into()),
                nth: 2,
            }],
            ..Trouble::new(StatusCode::ProcessingError, "down")
        };
        assert_eq!(
            back(&trouble),
            r#"{"Code":"urn:oasis:names:tc:xacml:1.0:status:processing-error","Message":"down","Attribute":{"Category":"c","AttributeId":"i","DataType":"http://www.w3.org/2001/XMLSchema#integer"},"Places":[{"Policy":{"IsSet":false,"Id":"p"},"Rule":"r","Nth":2}],"MorePlaces":0,"LeftOut":0}"#
        );
    }

    #[test]
    fn names_are_texts() {
        assert_eq!(back(&Decision::NotApplicable), r#""NotApplicable""#);
        assert_eq!(
            back(&ExtendedDecision::IndeterminateDP),
            r#""IndeterminateDP""#
        );
        assert_eq!(back(&XacmlVersion::V2), r#""V2""#);
        assert_eq!(back(&StatusDisclosure::CodeOnly), r#""CodeOnly""#);
        assert_eq!(back(&StatusCode::Other("urn:a".to_owned())), r#""urn:a""#);
        let zone: Zone = "+02:00".parse().expect("is one");
        assert_eq!(back(&zone), r#""+02:00""#);
        let date: Date = "2026-03-02+02:00".parse().expect("is one");
        assert_eq!(back(&date), r#""2026-03-02+02:00""#);
        let time: DateTime = "2026-03-02T12:00:00+02:00".parse().expect("is one");
        assert_eq!(back(&time), r#""2026-03-02T12:00:00+02:00""#);
        for data_type in DataType::ALL {
            back(data_type);
        }
    }

    fn refused<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
        serde_json::from_str::<T>(text).expect_err(text).to_string()
    }

    #[test]
    fn what_is_not_of_the_form_is_refused_with_its_place() {
        let told = refused::<Response>(r#"{"Response":[{"Decision":"Permit","Obligation":[]}]}"#);
        assert!(
            told.starts_with("Response[0].Obligation: a result has no member `Obligation`"),
            "{told}"
        );
        let told = refused::<Response>(r#"{"Response":[{"Decision":"permit"}]}"#);
        assert!(
            told.starts_with("Response[0].Decision: `Decision` is `permit`"),
            "{told}"
        );
        let told = refused::<Response>(r#"{"Response":[{"Decision":"Deny","Decision":"Permit"}]}"#);
        assert!(told.contains("twice"), "{told}");
        assert!(refused::<Response>(r#"{"Response":[]}"#).contains("at least one result"));
        assert!(refused::<Response>("5").contains("must be an object"));
        assert!(refused::<Value>(r#"{"Value":[1,2]}"#).contains("expected one value, found 2"));
        assert!(refused::<Value>(r#"{"Value":[]}"#).contains("expected one value, found 0"));
        assert!(refused::<Value>(r#"{"DataType":"urn:x","Value":"a"}"#).contains("is not known"));
        assert!(refused::<Decision>(r#""permit""#).contains("NotApplicable"));
        assert!(refused::<DataType>(r#""text""#).contains("the data type `text` is not known"));
        assert!(
            refused::<Designator>(
                r#"{"Category":"c","AttributeId":"i","DataType":"string","Isuer":"x"}"#
            )
            .contains("unknown field `Isuer`")
        );
        let values = "1,".repeat(100_001);
        let many = format!(r#"{{"Value":[{}]}}"#, values.trim_end_matches(','));
        assert!(refused::<Value>(&many).contains("too many attribute values; the limit is 100000"));
    }

    /// A tree of JSON may be as deep as it likes.
    #[test]
    fn depth_is_limited() {
        let mut deep = serde_json::json!(1);
        for _ in 0..1_000 {
            deep = serde_json::json!([deep]);
        }
        let told = serde_json::from_value::<Value>(deep).expect_err("is too deep");
        assert!(told.to_string().contains("nested too deep"), "{told}");
    }
}
