//! Policies and requests as verbs take them: in files, or in a few words.

use std::path::PathBuf;
use std::sync::Arc;

use vedtak::attribute::{Designator, ShortNames, id};
use vedtak::authzen::{Evaluation, Evaluations, Mapping};
use vedtak::report::{cut, did_you_mean, last_part, similar_name};
use vedtak::value::{DateTime, Value};
use vedtak::{Pdp, ReadOptions, Request};

use crate::facts::{CATEGORIES, Facts};
use crate::input::{self, Found, Given, Kind};
use crate::instant::instant;
use crate::output::Undone;
use crate::policies::{PolicyOptions, is_policy};

/// Policies and a request.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct QuestionOptions {
    /// Policies and, at last, the request: files, folders, or `-` for standard input. What each is, is
    /// seen by its content: policies in XML or in ALFA; requests in XML, in JSON, or as AuthZEN has them
    #[arg(value_name = "POLICY… REQUEST")]
    pub(crate) files: Vec<PathBuf>,
    /// An attribute of the subject, in place of a request: `role=clerk`; `kari` alone is its id. It is a value
    /// of each data type that policies read by this name
    #[arg(short, long, value_name = "NAME=VALUE", help_heading = "Request")]
    pub(crate) subject: Vec<String>,
    /// An attribute of the resource; `letter-1` alone is its id
    #[arg(short, long, value_name = "NAME=VALUE", help_heading = "Request")]
    pub(crate) resource: Vec<String>,
    /// The action: `read`, or another attribute of it
    #[arg(short, long, value_name = "NAME=VALUE", help_heading = "Request")]
    pub(crate) action: Vec<String>,
    /// An attribute of the environment
    #[arg(short, long, value_name = "NAME=VALUE", help_heading = "Request")]
    pub(crate) environment: Vec<String>,
    /// A file of attributes that requests lack, or `-` for standard input, in JSON:
    /// {"subject": {"kari": {"role": "clerk"}}}. `*` in place of an id is everybody
    #[arg(long, value_name = "FILE", help_heading = "Request")]
    pub(crate) attributes: Vec<PathBuf>,
    /// The instant of the decision [default: now; `who` without a request: every instant]
    #[arg(long, value_name = "INSTANT", value_parser = instant, help_heading = "Request")]
    pub(crate) at: Option<DateTime>,
    #[command(flatten)]
    pub(crate) policy: PolicyOptions,
}

/// A PDP, and the requests that it is asked.
pub(crate) struct Question {
    pub(crate) pdp: Pdp,
    pub(crate) asked: Vec<Asked>,
    pub(crate) notes: Vec<String>,
    /// The files of attributes.
    facts: Vec<Arc<Facts>>,
    /// The mapping of AuthZEN that fits the policies.
    pub(crate) mapping: Mapping,
}

/// A request, and the document that it came in.
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) kind: Kind,
    /// All evaluations of a batch, with the first of them.
    pub(crate) batch: Option<Evaluations>,
}

impl Question {
    /// Whether a file of attributes has values of this one for a request.
    pub(crate) fn supplies(&self, of: &Designator, request: &Request) -> bool {
        let mut files = self.facts.iter();
        files.any(|facts| facts.has(of, request))
    }
}

impl QuestionOptions {
    /// Whether there is nothing to ask about.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && !self.is_in_words()
    }

    fn is_in_words(&self) -> bool {
        self.words().iter().any(|(_, words)| !words.is_empty())
    }

    fn words(&self) -> Words<'_> {
        [
            ("subject", &self.subject),
            ("resource", &self.resource),
            ("action", &self.action),
            ("environment", &self.environment),
        ]
    }

    /// Reads policies and at least one request.
    pub(crate) fn read(&self) -> Result<Question, Undone> {
        let question = self.read_any()?;
        if question.asked.is_empty() {
            return Err(
                "there is no request: name its file after the policies, `-` for standard input, \
                        or say it in words, such as `--subject role=clerk --action read`"
                    .into(),
            );
        }
        Ok(question)
    }

    /// Reads policies, and requests if there are any.
    pub(crate) fn read_any(&self) -> Result<Question, Undone> {
        let given = input::read(&self.files, &["xml", "json", "alfa"])?;
        let last = self.files.len().saturating_sub(1);
        let (mut policies, mut requests): (Vec<&Given>, Vec<&Given>) = Default::default();
        for one in &given {
            if one.kind.is_request() {
                // The requests beside policies are those that are asked for.
                if one.found == Found::Named || one.argument == last {
                    requests.push(one);
                }
            } else if is_policy(one) {
                policies.push(one);
            }
        }
        let is_alone = |one: &&Given| {
            one.argument == last && matches!(one.kind, Kind::Other(_)) && one.found == Found::Named
        };
        if requests.is_empty() && policies.len() > 1 && !self.is_in_words() {
            // A last document that is neither is meant as the request, and is refused as one.
            if let Some(broken) = policies.pop_if(|one| is_alone(&&**one)) {
                requests.push(broken);
            }
        }
        if policies.is_empty() {
            return Err(
                "there is no policy: name files or folders of policies before the request".into(),
            );
        }
        let mut builder = self.policy.builder(&policies)?;
        let mut facts = Vec::new();
        for file in &self.attributes {
            let read = Arc::new(Facts::read(file)?);
            builder = builder.provider(read.clone());
            facts.push(read);
        }
        if let Some(at) = self.at {
            builder = builder.clock(move || at);
        }
        let pdp = builder.build()?;
        let mapping = Mapping::for_attributes(pdp.attributes());
        let (mut asked, mut notes, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for one in requests {
            match read_request(one, &pdp, &mapping) {
                Ok(more) => {
                    for one in &more {
                        let near = pdp.near_misses(&one.request).into_iter();
                        notes.extend(near.map(|near| format!("{}: {near}", one.name)));
                    }
                    asked.extend(more);
                }
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        if !problems.is_empty() {
            return Err(vedtak::Error::new(problems).into());
        }
        if self.is_in_words() {
            if !asked.is_empty() {
                return Err("the request is in a file and in words: leave one of them out".into());
            }
            asked.push(Asked {
                name: "the request".to_owned(),
                request: in_words(self.words(), &pdp, &mut notes)?,
                kind: Kind::Request,
                batch: None,
            });
        }
        for facts in &facts {
            facts.refuse_ambiguous(&pdp)?;
            notes.extend(facts.unread(&pdp));
        }
        Ok(Question {
            pdp,
            facts,
            asked,
            notes,
            mapping,
        })
    }
}

/// The words of options, by the short names of their categories.
pub(crate) type Words<'w> = [(&'static str, &'w [String]); 4];

/// The request that words say. Values have the data types that the policies read.
pub(crate) fn in_words(
    words: Words<'_>,
    pdp: &Pdp,
    notes: &mut Vec<String>,
) -> Result<Request, Undone> {
    let names = ShortNames::of(pdp.attributes());
    let mut builder = Request::builder();
    for ((short, words), (_, category)) in words.into_iter().zip(CATEGORIES) {
        for word in words {
            let (name, value) = match (word.split_once('='), short) {
                (Some((name, value)), _) if !name.is_empty() => (name, value),
                (None, "subject") => (id::SUBJECT_ID, word.as_str()),
                (None, "resource") => (id::RESOURCE_ID, word.as_str()),
                (None, "action") => (id::ACTION_ID, word.as_str()),
                _ => {
                    let message = format!(
                        "--{short} {word}: say whose value it is, as in --{short} name=value"
                    );
                    return Err(message.into());
                }
            };
            let wrong = |why: String| Undone::from(format!("--{short} {word}: {why}"));
            if !word.contains('=') && names.find(category, word).is_ok_and(|id| id.is_some()) {
                notes.push(format!(
                    "--{short} {0}: this is an id; the attribute is given as `{0}=VALUE`",
                    cut(word)
                ));
            }
            let Some(id) = names.find(category, name).map_err(wrong)? else {
                let typed = if word.contains('=') {
                    name
                } else {
                    last_part(name)
                };
                notes.push(unread(pdp, category, typed, short));
                builder = builder.attribute(category, name, value);
                continue;
            };
            // In a request, it is one attribute with a value of each data type that is read.
            let readers = pdp
                .attributes()
                .filter(|of| *of.category == *category && of.id == id);
            let (mut is_from_anybody, mut types) = (false, Vec::new());
            for of in readers {
                is_from_anybody |= of.issuer.is_none();
                if !types.contains(&of.data_type) {
                    types.push(of.data_type);
                }
            }
            let (mut is_there, mut refused) = (false, Vec::new());
            for data_type in types {
                match Value::parse(data_type, value) {
                    Ok(value) => {
                        builder = builder.attribute(category, id.clone(), value);
                        is_there = true;
                    }
                    Err(error) => refused.push(error.to_string()),
                }
            }
            match (refused.is_empty(), is_there) {
                (true, _) => {}
                (false, false) => return Err(wrong(refused.join("; "))),
                (false, true) => notes.push(format!(
                    "--{short} {}: policies also read it as what it is not: {}",
                    cut(word),
                    refused.join("; ")
                )),
            }
            if !is_from_anybody {
                notes.push(format!(
                    "policies read `{}` of the {short} from an issuer alone, and --{short} names none: \
                     give the request in a file",
                    cut(name)
                ));
            }
        }
    }
    Ok(builder.build())
}

/// The values of an attribute in a request: those of its data type, and of its issuer if it has one.
pub(crate) fn given<'r>(request: &'r Request, of: &Designator) -> impl Iterator<Item = &'r Value> {
    let of = of.clone();
    let categories = request.categories().iter();
    let category = of.category.clone();
    let attributes = categories
        .filter(move |known| known.category == category)
        .flat_map(|known| &known.attributes);
    let (id, issuer) = (of.id, of.issuer);
    let named = attributes
        .filter(move |known| known.id == id && (issuer.is_none() || known.issuer == issuer));
    let values = named.flat_map(|known| &known.values);
    values.filter(move |value| value.data_type() == of.data_type)
}

pub(crate) fn unread(pdp: &Pdp, category: &str, name: &str, short: &str) -> String {
    let of_category = pdp.attributes().filter(|of| &*of.category == category);
    let ends: Vec<&str> = of_category.map(|of| last_part(&of.id)).collect();
    // The beginning of a whole identifier may be wrong as well: the last part is a name that is taken.
    let end = last_part(name);
    let same = ends.iter().copied().find(|known| *known == end);
    let meant = did_you_mean(same.or_else(|| similar_name(end, ends)));
    format!("no policy reads `{}` of the {short}{meant}", cut(name))
}

/// The requests of a document.
fn read_request(given: &Given, pdp: &Pdp, mapping: &Mapping) -> Result<Vec<Asked>, vedtak::Error> {
    let options = ReadOptions::source(pdp.read_options(), &given.name);
    let asked = |name: String, request| Asked {
        name,
        request,
        kind: given.kind.clone(),
        batch: None,
    };
    let one = |request| vec![asked(given.name.clone(), request)];
    match given.kind {
        Kind::JsonRequest => Request::read_json(&given.bytes, options).map(one),
        Kind::Evaluation => {
            let evaluation = Evaluation::read_json(&given.bytes, options)?;
            evaluation.to_request(mapping).map(one)
        }
        Kind::Evaluations => {
            let evaluations = Evaluations::read_json(&given.bytes, options)?;
            let numbered = evaluations.items.iter().zip(1..).map(|(item, number)| {
                let request = item.clone()?.to_request(mapping)?;
                Ok(asked(
                    format!("{}, evaluation {number}", given.name),
                    request,
                ))
            });
            let mut all = numbered.collect::<Result<Vec<Asked>, vedtak::Error>>()?;
            if let Some(first) = all.first_mut() {
                first.batch = Some(evaluations);
            }
            Ok(all)
        }
        _ => Request::read_xml(&given.bytes, options).map(one),
    }
}

/// Reads a number of things, of which there is one at least.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it is 1 or more".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("it is no number: {error}")),
    }
}
