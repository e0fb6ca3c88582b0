//! Tokens → what their bearer may; without tokens, what everybody may who is no page of another site.

use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use clap::ValueEnum;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::options::Options;
use crate::problem::Problem;

/// Something that a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Right {
    /// Ask for decisions.
    Decide,
    /// Learn why: see policies, attributes and statuses, and decide by policies of one's own.
    Explain,
    /// Read the metrics.
    Operate,
}

impl Right {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn read(text: &str) -> Result<Self, String> {
        let read = Self::from_str(text, false);
        read.map_err(|_| format!("`{text}` is not decide, explain or operate"))
    }
}

/// The one who sent a request.
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

    /// Demands a right. Errors: 401 without a token, 403 with one that does not have it.
    pub fn demand(&self, right: Right) -> Result<(), Problem> {
        if self.may(right) {
            return Ok(());
        }
        if self.rights.is_empty() {
            let detail = "this needs a token: Authorization: Bearer …";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, detail));
        }
        let detail = format!("the right `{}` is needed for this", right.name());
        Err(Problem::new(StatusCode::FORBIDDEN, detail))
    }
}

/// The rights of those who ask.
#[derive(Debug)]
pub enum Access {
    /// There are tokens, each as its digest.
    Tokens(Vec<Token>),
    /// Everybody, as there are no tokens.
    Open(Open),
}

/// A token, as its digest.
#[derive(Debug)]
pub struct Token {
    bearer: Caller,
    digest: [u8; 32],
}

/// The access without tokens. A browser asks for whichever page it shows, also where that page cannot go
/// itself; so it must be a page of this server that asks.
#[derive(Debug)]
pub struct Open {
    anybody: Caller,
    /// Whether only this machine reaches the server. The name of another, which leads here, is one that
    /// a page of another site has given itself (DNS rebinding).
    is_loopback: bool,
    /// The host and port of the public address.
    public: Option<String>,
    /// The port that an address of the server need not name, behind a colon.
    port: &'static str,
}

impl Access {
    /// Returns the access of a server: by the tokens of its file, or open to everybody. Errors: the file
    /// cannot be read, or is no file of tokens.
    pub fn new(options: &Options) -> Result<Self, String> {
        let Some(file) = &options.tokens else {
            let public = options.public_address.as_deref();
            let explains = options.pages.then_some(Right::Explain);
            let rights = [Right::Decide, Right::Operate].into_iter().chain(explains);
            return Ok(Self::Open(Open {
                anybody: Caller {
                    name: String::new(),
                    rights: rights.collect(),
                },
                is_loopback: options.is_loopback(),
                public: public.and_then(host_of),
                port: default_port(options.address().split(':').next()),
            }));
        };
        let failed = |why: String| format!("{}: {why}", file.display());
        let text = std::fs::read_to_string(file).map_err(|why| failed(why.to_string()))?;
        Self::read(&text).map_err(failed)
    }

    /// Reads a file of tokens: on each line a name, the rights with commas between, and the SHA-256 of the
    /// token in hexadecimal, as `sha256sum` prints it. Lines that begin with `#` are remarks. Errors: the
    /// first line that is not so, or has the name or the token of an earlier one. It is told by its number
    /// alone, as it may hold a token. A file without tokens lets nobody in.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut tokens: Vec<Token> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let failed = |why: String| format!("line {}: {why}", number + 1);
            let token = Token::read(line).map_err(failed)?;
            let is_same =
                |one: &Token| one.bearer.name == token.bearer.name || one.digest == token.digest;
            if tokens.iter().any(is_same) {
                return Err(failed("an earlier line has its name, or its token".into()));
            }
            tokens.push(token);
        }
        match tokens.is_empty() {
            true => Err("there is no token in it, so nobody could ask".into()),
            false => Ok(Self::Tokens(tokens)),
        }
    }

    /// Finds who sent a request. Each token is compared in constant time, and all of them are. Errors: 401
    /// for a token that is not known; without tokens, 403 for a page of another site.
    pub fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let tokens = match self {
            Self::Tokens(tokens) => tokens,
            Self::Open(open) => return open.caller(headers),
        };
        let Some(sent) = headers.get(header::AUTHORIZATION) else {
            return Ok(Caller::default());
        };
        let sent = sent.as_bytes();
        let start = sent.get(..7);
        let is_bearer = start.is_some_and(|start| start.eq_ignore_ascii_case(b"bearer "));
        let sent = digest(&SHA256, sent.get(7..).unwrap_or_default().trim_ascii());
        let (mut place, mut found) = (0_u32, Choice::from(0));
        for (number, token) in (0..).zip(tokens) {
            let is_this = token.digest.ct_eq(sent.as_ref());
            place.conditional_assign(&number, is_this);
            found |= is_this;
        }
        match tokens.get(place as usize) {
            Some(token) if bool::from(found) && is_bearer => Ok(token.bearer.clone()),
            _ => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "this token is not known",
            )),
        }
    }
}

impl Open {
    fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        // A value that is no text is there, and no name that is known.
        let of = |name: HeaderName| -> Option<String> {
            let value = headers.get(name)?.to_str().unwrap_or_default();
            Some(value.to_ascii_lowercase())
        };
        let (host, origin) = (of(header::HOST), of(header::ORIGIN));
        let host = host.map(|host| without(&host, self.port));
        let (host, public) = (host.as_deref(), self.public.as_deref());
        // Every browser says which host it asks, and a request that others can read says from where.
        let is_here = |host: &str| is_of_this_machine(host) || public == Some(host);
        let forbidden = |detail| Err(Problem::new(StatusCode::FORBIDDEN, detail));
        if self.is_loopback && !host.is_none_or(is_here) {
            return forbidden("`Host` is not this machine: give --public-address, or --tokens");
        }
        let is_own = |origin: &str| {
            let of_page = host_of(origin);
            of_page.is_some() && [host, public].contains(&of_page.as_deref())
        };
        if !origin.as_deref().is_none_or(is_own) {
            return forbidden("`Origin` is another site: give --public-address, or --tokens");
        }
        // An image or a frame of another site asks without `Origin`. It learns nothing, but costs work.
        // Whoever follows a link asks for the page itself.
        let sent = |name: &'static str| of(HeaderName::from_static(name));
        let is_other =
            sent("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
        if is_other && sent("sec-fetch-dest").as_deref() != Some("document") {
            return forbidden("`Sec-Fetch-Site` is another site: give --tokens");
        }
        Ok(self.anybody.clone())
    }
}

impl Token {
    fn read(line: &str) -> Result<Self, String> {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [name, rights, hex] = parts[..] else {
            return Err("a name, rights and a digest are expected".into());
        };
        let digest = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok();
        let digest = digest.and_then(|digest| digest.try_into().ok());
        let rights: Result<_, _> = rights.split(',').map(Right::read).collect();
        let (name, rights) = (name.to_owned(), rights?);
        Ok(Self {
            bearer: Caller { name, rights },
            digest: digest.ok_or("the digest is not 64 hexadecimal digits")?,
        })
    }
}

/// Makes a token of 256 random bits: the token, and its line for the file. Errors: the name cannot be in
/// the file, or the system has no random bits.
pub fn new_token(name: &str, rights: &[Right]) -> Result<(String, String), String> {
    let is_name = |c: char| !c.is_whitespace() && !c.is_control();
    if name.is_empty() || name.starts_with('#') || !name.chars().all(is_name) {
        return Err("a name has no spaces, and does not begin with `#`".into());
    }
    let mut bytes = [0; 32];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| "there are no random bits".to_owned())?;
    let token = HEXLOWER.encode(&bytes);
    let digest = HEXLOWER.encode(digest(&SHA256, token.as_bytes()).as_ref());
    let rights: Vec<String> = rights.iter().map(|right| right.name()).collect();
    let line = format!("{name} {} {digest}", rights.join(","));
    Ok((token, line))
}

/// The host and port of an address, without a port that it need not name.
fn host_of(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let port = default_port(Some(uri.scheme_str()?));
    Some(without(
        &uri.authority()?.as_str().to_ascii_lowercase(),
        port,
    ))
}

fn default_port(scheme: Option<&str>) -> &'static str {
    match scheme {
        Some("https") => ":443",
        _ => ":80",
    }
}

fn without(host: &str, port: &str) -> String {
    host.strip_suffix(port).unwrap_or(host).to_owned()
}

/// Whether the host that a request names is this machine.
fn is_of_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let ip = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}
