//! What a case asks → a request, and the same request by way of XML.

use vedtak::Request;
use vedtak::attribute::{category, id};
use vedtak::request::{AttributeBuilder, RequestBuilder};

use crate::scenario::{Ask, Given};

pub(crate) fn request(ask: &Ask) -> Request {
    let mut builder = Request::builder();
    let of = [
        (category::ACCESS_SUBJECT, &ask.subject),
        (category::RESOURCE, &ask.resource),
        (category::ENVIRONMENT, &ask.environment),
    ];
    for (category, attributes) in of {
        for (id, given) in attributes {
            builder = add(builder, category, id, given);
        }
    }
    add(builder, category::ACTION, id::ACTION_ID, &ask.action).build()
}

fn add(builder: RequestBuilder, category: &str, id: &str, given: &Given) -> RequestBuilder {
    let one = AttributeBuilder::new(category, id);
    match given {
        Given::Several(several) => {
            let each = several.iter();
            each.fold(builder, |builder, given| add(builder, category, id, given))
        }
        Given::Text(text) => builder.with(one.value(text.as_str())),
        Given::Number(number) => builder.with(one.value(*number)),
        Given::Issued { value, issuer } => {
            builder.with(one.value(value.as_str()).issuer(issuer.as_str()))
        }
    }
}

/// Written and read again.
pub(crate) fn by_way_of_xml(request: &Request) -> Result<Request, String> {
    let xml = request.to_xml();
    Request::from_xml(&xml).map_err(|error| format!("its own XML cannot be read:\n{error}\n{xml}"))
}

/// One request for all of several (Multiple Decision Profile): each part's categories by reference.
pub(crate) fn as_one(parts: &[Request]) -> String {
    let (mut categories, mut references) = (String::new(), String::new());
    for (i, part) in parts.iter().enumerate() {
        references += "<RequestReference>";
        for (j, _) in part.categories().iter().enumerate() {
            references += &format!(r#"<AttributesReference ReferenceId="p{i}c{j}"/>"#);
        }
        references += "</RequestReference>";
        let xml = part.to_xml();
        for (j, category) in xml.split("<Attributes ").skip(1).enumerate() {
            let end = category.rfind("</Request>").unwrap_or(category.len());
            categories += &format!(r#"<Attributes xml:id="p{i}c{j}" {}"#, &category[..end]);
        }
    }
    format!(
        r#"<Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
            CombinedDecision="false" ReturnPolicyIdList="false">
            {categories}<MultiRequests>{references}</MultiRequests></Request>"#
    )
}
