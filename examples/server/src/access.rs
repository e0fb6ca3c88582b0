//! Tokens → what their bearer may.

use std::fmt::Write as _;
use std::str::FromStr;

use axum::http::{HeaderMap, header};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::problem::Problem;

/// Something that a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Ask for decisions.
    Decide,
    /// Learn why: see policies, attributes and statuses, and decide by policies of one's own.
    Explain,
    /// Read the metrics.
    Operate,
}

impl FromStr for Right {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "decide" => Ok(Self::Decide),
            "explain" => Ok(Self::Explain),
            "operate" => Ok(Self::Operate),
            other => Err(format!("`{other}` is not decide, explain or operate")),
        }
    }
}

/// Whoever sent a request.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The name of its token; empty without one.
    pub name: String,
    rights: Vec<Right>,
}

impl Caller {
    /// Whether it has a right.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// Demands a right.
    ///
    /// # Errors
    ///
    /// 401 without a token, 403 with one that does not have it.
    pub fn demand(&self, right: Right) -> Result<(), Problem> {
        if self.may(right) {
            return Ok(());
        }
        if self.rights.is_empty() {
            return Err(Problem::unauthorized(
                "this needs a token: Authorization: Bearer …",
            ));
        }
        let what = format!("{right:?}").to_lowercase();
        Err(Problem::forbidden(format!(
            "the right `{what}` is needed for this"
        )))
    }
}

/// The tokens of a server, each as its digest.
#[derive(Debug, Default)]
pub struct Access {
    /// None: there are no tokens, and everybody may decide.
    tokens: Option<Vec<Token>>,
    /// Whether everybody on this machine may explain, where there are no tokens.
    explains_here: bool,
}

#[derive(Debug)]
struct Token {
    name: String,
    rights: Vec<Right>,
    digest: [u8; 32],
}

impl Access {
    /// The access without tokens.
    pub fn open(explains_here: bool) -> Self {
        Self {
            tokens: None,
            explains_here,
        }
    }

    /// Reads a file of tokens: on each line a name, the rights with commas between, and the SHA-256 of
    /// the token in hexadecimal, as `sha256sum` prints it. Lines that begin with `#` are remarks.
    ///
    /// # Errors
    ///
    /// The first line that is not so, or has the name or the token of an earlier one. It is told by its
    /// number alone, as it may hold a token. A file without tokens lets nobody in.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut tokens: Vec<Token> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let failed = |why: String| format!("line {}: {why}", number + 1);
            let token = Token::read(line).map_err(failed)?;
            for earlier in &tokens {
                if earlier.name == token.name || earlier.digest == token.digest {
                    return Err(failed("an earlier line has its name, or its token".into()));
                }
            }
            tokens.push(token);
        }
        if tokens.is_empty() {
            return Err("there is no token in it, so nobody could ask".into());
        }
        Ok(Self {
            tokens: Some(tokens),
            explains_here: false,
        })
    }

    /// Finds who sent a request. Each token is compared in constant time, and all of them are.
    ///
    /// # Errors
    ///
    /// 401 for a token that is not known.
    pub fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let Some(tokens) = &self.tokens else {
            let mut rights = vec![Right::Decide, Right::Operate];
            if self.explains_here && is_of_this_machine(headers) {
                rights.push(Right::Explain);
            }
            return Ok(Caller {
                name: String::new(),
                rights,
            });
        };
        let Some(sent) = headers.get(header::AUTHORIZATION) else {
            return Ok(Caller::default());
        };
        let sent = sent.as_bytes();
        let is_bearer = sent
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"bearer "));
        let sent = digest(&SHA256, sent.get(7..).unwrap_or_default().trim_ascii());
        let (mut place, mut found) = (0_u32, Choice::from(0));
        for (number, token) in (0..).zip(tokens) {
            let is_this = token.digest.ct_eq(sent.as_ref());
            place.conditional_assign(&number, is_this);
            found |= is_this;
        }
        match tokens.get(place as usize) {
            Some(token) if bool::from(found) && is_bearer => Ok(Caller {
                name: token.name.clone(),
                rights: token.rights.clone(),
            }),
            _ => Err(Problem::unauthorized("this token is not known")),
        }
    }
}

impl Token {
    fn read(line: &str) -> Result<Self, String> {
        let mut parts = line.split_whitespace();
        let (Some(name), Some(rights), Some(hex), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("a name, rights and a digest are expected".into());
        };
        let bytes = (0..64).step_by(2).map(|place| {
            let pair = hex.get(place..place + 2)?;
            u8::from_str_radix(pair, 16).ok()
        });
        let bytes: Option<Vec<u8>> = bytes.collect();
        let digest = bytes.and_then(|bytes| bytes.try_into().ok());
        let digest = digest.filter(|_| hex.len() == 64);
        Ok(Self {
            name: name.to_owned(),
            rights: rights
                .split(',')
                .map(str::parse)
                .collect::<Result<_, _>>()?,
            digest: digest.ok_or("the digest is not 64 hexadecimal digits")?,
        })
    }
}

/// Makes a token of 256 random bits: the token, and its line for the file.
///
/// # Errors
///
/// The name cannot be in the file, or the system has no random bits.
pub fn new_token(name: &str, rights: &[Right]) -> Result<(String, String), String> {
    let is_name = |c: char| !c.is_whitespace() && !c.is_control();
    if name.is_empty() || name.starts_with('#') || !name.chars().all(is_name) {
        return Err("a name has no spaces, and does not begin with `#`".into());
    }
    let mut bytes = [0; 32];
    let random = SystemRandom::new();
    random
        .fill(&mut bytes)
        .map_err(|_| "there are no random bits".to_owned())?;
    let token = hex(&bytes);
    let rights: Vec<String> = rights
        .iter()
        .map(|right| format!("{right:?}").to_lowercase())
        .collect();
    let digest = hex(digest(&SHA256, token.as_bytes()).as_ref());
    let line = format!("{name} {} {digest}", rights.join(","));
    Ok((token, line))
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a request names this machine: a page of another site that has the name of its own server
/// lead here (DNS rebinding) does not.
fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let ip = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}
