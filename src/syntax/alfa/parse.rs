//! Tokens → declarations, with every problem: after one, reading goes on at the next statement.

mod declaration;
pub(super) mod expression;
mod policy;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::names::standard_id;
use super::scope::{MOST_WILDCARDS, NameMeaning, ScopeNo, Scopes, Sort, last_of};
use super::token::{Kind, Token, Tokens, unquoted};
use super::tree::*;
use crate::decision::Effect;
use crate::error::{LONGEST, Offset, Problem, Problems, cut, did_you_mean, similar_name};
use crate::limits::{DEEPEST, Limits, exceeded};
use crate::xml::{self, Comment};

/// The most problems of one file that are listed; more are only counted.
const MOST_PROBLEMS: usize = 100;

const TOO_DEEP: &str = "this is nested deeper than is read";

/// A statement that could not be read; its problem is reported.
pub(super) struct Stop;

type Read<T> = Result<T, Stop>;

pub(super) struct Parser<'a> {
    tokens: Tokens<'a>,
    /// The place of the file in the text of all files.
    base: usize,
    /// The token that is read next.
    next: Token<'a>,
    /// Tokens read.
    count: usize,
    /// Braces that are open.
    braces: usize,
    /// Declarations and expressions that are open.
    depth: usize,
    /// Policies without a name in the file so far.
    unnamed: usize,
    limits: &'a Limits,
    pub(super) scopes: Scopes<'a>,
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) problems: Problems<Problem>,
    /// The policies and rules around, for problems.
    path: Vec<String>,
    /// The place behind the token that was read last.
    behind: usize,
    /// Where policies and rules of the file begin and end.
    nodes: Vec<(usize, usize)>,
    /// The places of comments that became descriptions.
    described: HashSet<usize>,
    /// Of those, the ones of rules outside of policies, with the numbers of their entries.
    of_rules: HashMap<usize, usize>,
    /// The comments that describe rules outside of policies, with the numbers of their entries: they are
    /// comments if no policy takes the rule in.
    pub(super) rule_comments: Vec<(usize, Comment)>,
    /// The other comments of all files, by their places in the text of all.
    pub(super) comments: Vec<Comment>,
    /// Nothing more of the file is read.
    has_ended: bool,
    /// Nothing more is read at all.
    is_full: bool,
    /// Where policies and rules of all files begin and end.
    pub(super) all_nodes: Vec<(usize, usize)>,
    /// The beginnings of those that were not read to their ends.
    pub(super) holes: Vec<usize>,
    /// A limit has ended reading before the end of a file.
    pub(super) was_stopped: bool,
}

/// The words that a statement begins with, wherever it may stand.
const STATEMENTS: &[&str] = &[
    "namespace",
    "import",
    "attribute",
    "category",
    "type",
    "function",
    "infix",
    "ruleCombinator",
    "policyCombinator",
    "obligation",
    "advice",
    "policyset",
    "policy",
    "rule",
    "target",
    "condition",
    "apply",
    "permit",
    "deny",
    "on",
];

impl<'a> Parser<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        let end = Token {
            kind: Kind::End,
            text: "",
            at: 0,
            documentation: None,
        };
        Self {
            tokens: Tokens::new("", 0),
            base: 0,
            next: end,
            count: 0,
            braces: 0,
            depth: 0,
            unnamed: 0,
            limits,
            scopes: Scopes::new(),
            entries: Vec::new(),
            problems: Problems::new(MOST_PROBLEMS),
            path: Vec::new(),
            behind: 0,
            nodes: Vec::new(),
            described: HashSet::new(),
            of_rules: HashMap::new(),
            rule_comments: Vec::new(),
            comments: Vec::new(),
            has_ended: false,
            is_full: false,
            all_nodes: Vec::new(),
            holes: Vec::new(),
            was_stopped: false,
        }
    }

    /// Reads a whole file, whose text begins at `base` in that of all files.
    pub(super) fn file(&mut self, text: &'a str, base: usize) {
        if self.is_full {
            return;
        }
        self.tokens = Tokens::new(text, base);
        self.base = base;
        self.has_ended = false;
        (self.braces, self.depth, self.unnamed) = (0, 0, 0);
        let scope = self.scopes.open_file();
        let start = text.trim_start();
        if start.starts_with(['<', '{']) {
            let looks = if start.starts_with('<') {
                "XML"
            } else {
                "JSON"
            };
            let message = format!("it looks like {looks}, and ALFA is expected");
            self.problem(base + text.len() - start.len(), message);
            return;
        }
        self.advance();
        self.braces = 0;
        while self.next.kind != Kind::End {
            self.body(scope);
            if self.next.is("}") {
                self.problem(self.next.at, "this `}` closes nothing");
                self.advance();
            }
        }
        self.take_comments(text);
    }

    /// Keeps the comments of the file that is read, each with the innermost policy or rule around it.
    fn take_comments(&mut self, text: &str) {
        let mut nodes = std::mem::take(&mut self.nodes);
        nodes.sort_unstable();
        self.all_nodes.extend(&nodes);
        let mut nodes = nodes.into_iter().peekable();
        let mut open: Vec<(usize, usize)> = Vec::new();
        for (at, comment) in std::mem::take(&mut self.tokens.comments) {
            while let Some(node) = nodes.next_if(|(begin, _)| *begin < at) {
                while open.pop_if(|(_, end)| *end <= node.0).is_some() {}
                open.push(node);
            }
            while open.pop_if(|(_, end)| *end <= at).is_some() {}
            let of_rule = self.of_rules.get(&at).copied();
            if self.described.contains(&at) && of_rule.is_none() {
                continue;
            }
            let inside = comment.strip_prefix("/*").map_or_else(
                || comment.trim_start_matches('/'),
                |inside| inside.trim_end_matches("*/").trim_start_matches('*'),
            );
            let comment = Comment {
                at,
                within: open.last().map(|(begin, _)| *begin),
                place: Comment::place(text, at - self.base),
                markup: Comment::markup_of(inside),
            };
            match of_rule {
                Some(number) => self.rule_comments.push((number, comment)),
                None => self.comments.push(comment),
            }
        }
    }

    pub(super) fn problem(&mut self, at: usize, message: impl Into<String>) {
        let path = &self.path;
        self.problems.add(|| Problem {
            offset: Offset::new(at),
            path: path.iter().rev().cloned().collect::<Vec<_>>().join(" of "),
            message: message.into(),
        });
    }

    /// Reads the next token; returns the one before it.
    fn advance(&mut self) -> Token<'a> {
        let read = self.next;
        self.behind = read.at + read.text.len();
        match read.text {
            "{" if read.kind == Kind::Punctuation => self.braces += 1,
            "}" if read.kind == Kind::Punctuation => self.braces = self.braces.saturating_sub(1),
            _ => {}
        }
        let mut unreadable = Vec::new();
        self.next = match self.has_ended {
            true => read,
            false => self.tokens.next(&mut |problem| unreadable.push(problem)),
        };
        for (at, message) in unreadable {
            self.problem(at, message);
        }
        self.count += 1;
        if self.count > self.limits.elements && !self.has_ended {
            let message = exceeded("the file has more words", self.limits.elements, "elements");
            self.is_full = true;
            self.stop(message);
        }
        read
    }

    /// Reads nothing more.
    fn stop(&mut self, message: String) {
        let at = self.next.at;
        self.problem(at, message);
        self.has_ended = true;
        self.was_stopped = true;
        self.next = Token {
            kind: Kind::End,
            text: "",
            at,
            documentation: None,
        };
    }

    /// Does `inside` one level deeper, if the limit allows it.
    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let most = self.limits.depth.min(DEEPEST);
        if self.depth >= most {
            self.stop(exceeded(TOO_DEEP, format_args!("{most} levels"), "depth"));
            return Err(Stop);
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    /// Reports what was expected where the next token is.
    fn expected<T>(&mut self, expected: &str) -> Read<T> {
        if !self.has_ended {
            let found = self.found();
            self.problem(self.next.at, format!("expected {expected}, found {found}"));
        }
        Err(Stop)
    }

    fn found(&self) -> String {
        match self.next.kind {
            Kind::End => "the end of the file".to_owned(),
            _ => format!("`{}`", cut(self.next.text)),
        }
    }

    fn take(&mut self, text: &str) -> bool {
        let is = self.next.is(text);
        if is {
            self.advance();
        }
        is
    }

    fn require(&mut self, text: &str) -> Read<()> {
        match self.take(text) {
            true => Ok(()),
            false => self.expected(&format!("`{text}`")),
        }
    }

    fn word(&mut self, what: &str) -> Read<Word<'a>> {
        if !self.next.is_name() {
            return self.expected(what);
        }
        let token = self.advance();
        Ok(Word {
            text: token.text,
            at: token.at,
        })
    }

    fn text(&mut self, what: &str) -> Read<Cow<'a, str>> {
        if self.next.kind != Kind::Text {
            return self.expected(what);
        }
        let token = self.advance();
        Ok(self.unquoted(token))
    }

    fn unquoted(&mut self, token: Token<'a>) -> Cow<'a, str> {
        let text = unquoted(token.text).unwrap_or_else(|(at, message)| {
            self.problem(token.at + at, message);
            Cow::Borrowed("")
        });
        self.refuse_forbidden(&text, token.at);
        text
    }

    /// Refuses a text that no policy in XML can have.
    fn refuse_forbidden(&mut self, text: &str, at: usize) {
        let found = xml::forbidden_character(text).and_then(|at| text[at..].chars().next());
        if let Some(found) = found {
            let found = u32::from(found);
            let message =
                format!("the text has the character U+{found:04X}, which is not allowed in XML");
            self.problem(at, message);
        }
    }

    /// The file ends within braces, of which only the innermost are reported.
    fn unclosed<T>(&mut self, open: usize) -> Read<T> {
        if !std::mem::replace(&mut self.has_ended, true) {
            self.problem(open, "this `{` is not closed");
        }
        Err(Stop)
    }

    /// Reads `{`, statements and `}`.
    fn block(&mut self, mut statement: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        let open = self.next.at;
        self.require("{")?;
        let level = self.braces;
        while !self.next.is("}") {
            if self.next.kind == Kind::End {
                return self.unclosed(open);
            }
            self.recovering(level, &mut statement);
        }
        self.advance();
        Ok(())
    }

    /// Reads a statement, and after a problem goes on to where the next may begin.
    fn recovering(&mut self, level: usize, statement: &mut impl FnMut(&mut Self) -> Read<()>) {
        let before = self.count;
        if statement(self).is_ok() {
            return;
        }
        if self.count == before && self.next.kind != Kind::End {
            self.advance();
        }
        while self.next.kind != Kind::End {
            let is_word = self.next.kind == Kind::Word;
            let is_statement = is_word
                && (STATEMENTS.contains(&self.next.text)
                    || policy::is_apply_misspelt(self.next.text));
            // Two braces may be missing as well as one too many: whatever is at this level counts.
            if self.braces <= level && (self.next.is("}") || is_statement) {
                return;
            }
            self.advance();
        }
    }

    /// Reads declarations up to the `}` of their namespace.
    fn body(&mut self, scope: ScopeNo) {
        let level = self.braces;
        while !self.next.is("}") && self.next.kind != Kind::End {
            self.recovering(level, &mut |parser| parser.declaration(scope));
        }
    }

    fn declaration(&mut self, scope: ScopeNo) -> Read<()> {
        let keyword = self.next;
        let read = match keyword.text {
            _ if keyword.kind != Kind::Word => return self.expected("a declaration"),
            "namespace" => Self::namespace,
            "import" => Self::import,
            "attribute" => Self::attribute,
            "category" => Self::category,
            "type" => Self::type_,
            "ruleCombinator" => Self::rule_combinator,
            "policyCombinator" => Self::policy_combinator,
            "obligation" => Self::obligation,
            "advice" => Self::advice,
            "function" => Self::function,
            "infix" => Self::infix,
            "rule" => Self::rule_declaration,
            "policy" | "policyset" => Self::policy_declaration,
            other => {
                let known = &STATEMENTS[..STATEMENTS.len() - 6];
                let hint = did_you_mean(similar_name(other, known));
                let expected = "a declaration, such as `policy` or `attribute`";
                let found = cut(other);
                self.problem(
                    keyword.at,
                    format!("expected {expected}, found `{found}`{hint}"),
                );
                return Err(Stop);
            }
        };
        read(self, scope)
    }
}

/// The description that a comment `/** … */` gives: its lines without a `*` before them and without
/// white space around.
pub(super) fn description(comment: &str) -> String {
    let line = |line: &'_ str| {
        let line = line.trim();
        line.strip_prefix('*')
            .map_or(line, str::trim_start)
            .to_owned()
    };
    let lines: Vec<String> = comment.lines().map(line).collect();
    lines.join("\n").trim().to_owned()
}

/// The words that no name that is written may be.
pub(super) fn is_reserved(name: &str) -> bool {
    let others = [
        "clause",
        "and",
        "or",
        "true",
        "false",
        "bag",
        "comm",
        "allowbags",
        "inv",
        "System",
    ];
    STATEMENTS.contains(&name) || others.contains(&name) || name == "Attributes"
}
