//! A case → does the engine do as it expects?

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::authzen::{Evaluation, Mapping};
use vedtak::syntax::{Document, XacmlVersion};
use vedtak::{Error, Limits, Pdp, ReadOptions, Request, Response};

use crate::compare::{self, Rules};
use crate::host;
use crate::manifest::{Case, Compare, Kind, Supplied};

const ONLY_ONE_APPLICABLE: &str =
    "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:only-one-applicable";

/// The engine does as the case expects, with what there is to remark; or what it does instead.
pub(crate) type Verdict = Result<Vec<String>, String>;

/// Runs one case of the suite in `folder`.
pub(crate) fn run(folder: &Path, case: &Case) -> Verdict {
    let files = CaseFiles {
        folder: folder.join(&case.path),
        case,
        migrated: false,
    };
    match case.kind {
        // What becomes of documents of XACML 2.0 must decide as they do.
        Kind::Decision if case.xacml == "2.0" => decision(&files).and_then(|remarks| {
            if files.load()?.is_err() {
                return Ok(remarks);
            }
            let migrated = CaseFiles {
                migrated: true,
                ..files
            };
            let again = decision(&migrated).map_err(|difference| format!("migrated: {difference}"));
            again.map(|_| remarks)
        }),
        Kind::Decision if case.has("authzen") => authzen(&files),
        Kind::Decision => decision(&files),
        Kind::PolicyMustBeRejected => policy_must_be_rejected(&files),
        Kind::RequestMustBeRejected => request_must_be_rejected(&files),
        Kind::RequestMustBeAccepted => match files.request()? {
            Ok(_) => Ok(Vec::new()),
            Err(error) => Err(refused("request", &error)),
        },
        Kind::ResponseMustBeAccepted => match files.response()? {
            Ok(_) => Ok(Vec::new()),
            Err(error) => Err(refused("response", &error)),
        },
        Kind::ResponseMustBeRejected => match files.response()? {
            Ok(_) => Err("the response is read, expected an error".to_owned()),
            Err(_) => Ok(Vec::new()),
        },
    }
}

fn decision(files: &CaseFiles<'_>) -> Verdict {
    let error = match files.load()? {
        Ok(pdp) => return answers_as_expected(files, &pdp),
        Err(error) => error,
    };
    let refused = refused("policy", &error);
    match &files.case.expected_decision {
        Some(_) if files.case.may_refuse_path() && is_about_a_path(&error) => Ok(vec![refused]),
        Some(decision) => Err(format!("expected {decision}, but {refused}")),
        None => Err(refused),
    }
}

/// Whether what is wrong with a policy is an XPath expression.
fn is_about_a_path(error: &Error) -> bool {
    let text = error.to_string();
    text.contains("the XPath expression `") || text.contains("the path `")
}

/// An evaluation of AuthZEN, and the whole of its answer.
fn authzen(files: &CaseFiles<'_>) -> Verdict {
    let pdp = files.load()?.map_err(|error| refused("policy", &error))?;
    let request = files.read_named("request", &files.case.files.request)?;
    let answer = Evaluation::from_json(request)
        .and_then(|asked| asked.decide(&Mapping::default(), |request| pdp.decide(request)))
        .map_err(|error| refused("request", &error))?;
    let expected = files.read_named("response", &files.case.files.response)?;
    let json = |bytes: &[u8]| -> Result<serde_json::Value, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    };
    let (expected, found) = (json(&expected)?, json(answer.to_json().as_bytes())?);
    match expected["decision"] == found["decision"] && found["decision"].is_boolean() {
        true => Ok(Vec::new()),
        false => Err(format!("expected {expected}, found {found}")),
    }
}

fn policy_must_be_rejected(files: &CaseFiles<'_>) -> Verdict {
    match files.load()? {
        Err(_) => Ok(Vec::new()),
        Ok(pdp) if files.case.alternative_outcome => answers_as_expected(files, &pdp),
        Ok(_) => Err("the policy is loaded, expected an error".to_owned()),
    }
}

fn request_must_be_rejected(files: &CaseFiles<'_>) -> Verdict {
    if files.request()?.is_err() {
        return Ok(Vec::new());
    }
    if !files.case.alternative_outcome {
        return Err("the request is read, expected an error".to_owned());
    }
    let pdp = files.load()?.map_err(|error| refused("policy", &error))?;
    answers_as_expected(files, &pdp)
}

fn answers_as_expected(files: &CaseFiles<'_>, pdp: &Pdp) -> Verdict {
    let case = files.case;
    let request = files.request()?;
    let found = if files.request_is_json() {
        answer_json(pdp, &files.request_bytes()?)?
    } else {
        answer(pdp, &files.request_bytes()?, request.as_ref().ok())?
    };
    let expected = match &case.files.response {
        None => None,
        Some(_) => match files.response()? {
            Ok(response) => Some(response),
            Err(_) if case.is_schema_invalid("response") => None,
            Err(error) => return Err(refused("expected response", &error)),
        },
    };
    let rules = Rules {
        switches: &case.compare,
        // What a result of XACML 2.0 has is a `ResourceId`, which a PDP may leave out (2.0 §6.10).
        attributes: case.compare.attributes && case.xacml != "2.0",
        status_detail: case.has("status-detail"),
        policy_identifiers: request.is_ok_and(|request| request.return_policy_id_list()),
    };
    let compared = match expected {
        Some(expected) => compare::responses(&expected, &found, &rules),
        None => compare::decisions(case, &found),
    };
    compared.map_err(|difference| {
        let messages: Vec<&str> = found
            .results
            .iter()
            .filter_map(|result| result.status.as_ref()?.message.as_deref())
            .collect();
        match messages.as_slice() {
            [] => difference,
            messages => format!("{difference}; the engine says: {}", messages.join("; ")),
        }
    })
}

/// The engine's answer as it is written, which must be the one it decides on. A request that it
/// cannot read has an answer, too.
fn answer(pdp: &Pdp, bytes: &[u8], request: Option<&Request>) -> Result<Response, String> {
    let text = pdp.decide_xml(bytes);
    let written = host::read_response(text.clone())
        .map_err(|error| refused("response of the engine", &error))?;
    let Some(request) = request else {
        return Ok(written);
    };
    let decided = pdp.decide(request);
    let is_same = match request.xacml() {
        XacmlVersion::V3 => decided == written,
        // What 2.0 says with other words, it says with the same of every response alike.
        XacmlVersion::V2 => {
            text == decided.to_xml_for(request)
                && written.decision() == decided.decision()
                && written.obligations() == decided.obligations()
        }
    };
    if !is_same {
        return Err(format!(
            "the response does not read back as it was written: {decided:?}, {written:?}"
        ));
    }
    let everything = Rules {
        switches: &Compare::default(),
        attributes: true,
        status_detail: true,
        policy_identifiers: true,
    };
    let json = answer_json(pdp, request.to_json().as_bytes())?;
    match compare::responses(&decided, &json, &everything) {
        Ok(_) => Ok(decided),
        Err(difference) => Err(format!("in JSON the answer is another: {difference}")),
    }
}

fn answer_json(pdp: &Pdp, bytes: &[u8]) -> Result<Response, String> {
    host::read_json_response(pdp.decide_json(bytes))
        .map_err(|error| refused("response of the engine", &error))
}

/// The files of one case. A file that cannot be had is the outer error: a fault of the suite.
struct CaseFiles<'a> {
    folder: PathBuf,
    case: &'a Case,
    /// Policies and the request are read and written before they are used.
    migrated: bool,
}

impl CaseFiles<'_> {
    fn read(&self, file: &str) -> Result<Vec<u8>, String> {
        let path = self.folder.join(file);
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn read_named(&self, what: &str, file: &Option<String>) -> Result<Vec<u8>, String> {
        match file {
            Some(file) => self.read(file),
            None => Err(format!("the case has no {what}")),
        }
    }

    fn request_is_json(&self) -> bool {
        is_json(&self.case.files.request)
    }

    fn request_bytes(&self) -> Result<Vec<u8>, String> {
        let bytes = self.read_named("request", &self.case.files.request)?;
        if !self.migrated {
            return Ok(bytes);
        }
        let request = host::read_request(bytes).map_err(|error| refused("request", &error))?;
        Ok(request.to_xml().into_bytes())
    }

    fn policy_bytes(&self, file: &str) -> Result<Vec<u8>, String> {
        let bytes = self.read(file)?;
        if !self.migrated {
            return Ok(bytes);
        }
        let policy = Document::read_xml(bytes, ReadOptions::new().source(file))
            .map_err(|error| refused("policy", &error))?;
        Ok(policy.to_xml().into_bytes())
    }

    fn request(&self) -> Result<Result<Request, Error>, String> {
        let bytes = self.request_bytes()?;
        let read = if self.request_is_json() {
            host::read_json_request(bytes)
        } else {
            host::read_request(bytes)
        };
        Ok(read)
    }

    fn response(&self) -> Result<Result<Response, Error>, String> {
        let bytes = self.read_named("response", &self.case.files.response)?;
        let read = if is_json(&self.case.files.response) {
            host::read_json_response(bytes)
        } else {
            host::read_response(bytes)
        };
        Ok(read)
    }

    /// The engine, as the case asks for it to be set up.
    fn load(&self) -> Result<Result<Pdp, Error>, String> {
        let Case { files, config, .. } = self.case;
        let policy = files.policy.as_deref().ok_or("the case has no policy")?;

        let mut limits = Limits::default();
        let mut limit = |field: fn(&mut Limits) -> &mut usize, setting: Option<usize>| {
            if let Some(setting) = setting {
                *field(&mut limits) = setting;
            }
        };
        limit(
            |l| &mut l.reference_depth,
            config.max_policy_reference_depth,
        );
        limit(
            |l| &mut l.variable_depth,
            config.max_variable_reference_depth,
        );
        limit(|l| &mut l.depth, config.max_element_depth);
        let mut builder = Pdp::builder()
            .limits(limits)
            .clock(host::clock)
            .hierarchy(host::Tree);

        let roots: Vec<&str> = match config.root_policies.as_slice() {
            _ if config.root_policy_id.is_some() => Vec::new(),
            [] => vec![policy],
            roots => roots.iter().map(String::as_str).collect(),
        };
        for root in &roots {
            builder = builder.policy(root, self.policy_bytes(root)?);
        }
        let all = std::iter::once(policy).chain(files.policies.iter().map(String::as_str));
        for file in all.filter(|file| !roots.contains(file)) {
            builder = builder.library(file, self.policy_bytes(file)?);
        }
        for (file, bytes) in self.shared_policies()? {
            builder = builder.library(&file, bytes);
        }
        if let Some(id) = &config.root_policy_id {
            builder = builder.root(id);
        }
        // Which algorithm combines root policies is up to the PDP (§7.17). Where a case does not say,
        // at most one may apply, as the OASIS suite has it wherever a case says.
        let at_most_one = (roots.len() > 1).then_some(ONLY_ONE_APPLICABLE);
        if let Some(algorithm) = config.root_combining.as_deref().or(at_most_one) {
            builder = builder.root_combining(algorithm);
        }
        builder = host::extended(builder);
        if let Some(file) = &files.pip {
            let supplied: Vec<Supplied> = serde_json::from_slice(&self.read(file)?)
                .map_err(|error| format!("{file}: {error}"))?;
            builder = builder.provider(host::Store::new(&supplied)?);
        }
        Ok(builder.build())
    }

    /// The policies of a folder that several cases share.
    fn shared_policies(&self) -> Result<Vec<(String, Vec<u8>)>, String> {
        let Some(name) = &self.case.config.policies_dir else {
            return Ok(Vec::new());
        };
        let folder = self.folder.with_file_name(name);
        let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut policies = Vec::new();
        for entry in fs::read_dir(&folder).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            if path.extension().is_some_and(|extension| extension == "xml") {
                let bytes = fs::read(&path).map_err(fault)?;
                policies.push((path.display().to_string(), bytes));
            }
        }
        policies.sort();
        Ok(policies)
    }
}

fn is_json(file: &Option<String>) -> bool {
    file.as_ref().is_some_and(|file| file.ends_with(".json"))
}

fn refused(what: &str, error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    format!("the {what} is refused: {line}")
}
