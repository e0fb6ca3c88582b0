//! Tokens → namespaces, imports and the declarations of names.

use super::*;

impl<'a> Parser<'a> {
    pub(super) fn namespace(&mut self, scope: ScopeNo) -> Read<()> {
        self.advance();
        let name = self.word("the name of the namespace")?;
        let is_outermost = self.scopes.path(scope).is_empty();
        let inner = self.scopes.open(scope, name.text);
        let read = |parser: &mut Self| {
            let open = parser.next.at;
            parser.require("{")?;
            parser.body(inner);
            if parser.next.kind == Kind::End {
                return parser.unclosed(open);
            }
            parser.require("}")
        };
        match is_outermost {
            // Policies are no deeper in the namespace that they are printed in than they were.
            true => read(self),
            false => self.deeper(read),
        }
    }

    pub(super) fn import(&mut self, scope: ScopeNo) -> Read<()> {
        self.advance();
        let name = self.word("what is imported")?;
        if self.next.kind != Kind::Wildcard {
            self.scopes.import(scope, name.text);
            return Ok(());
        }
        self.advance();
        if !self.scopes.import_all(scope, name.text) {
            let message = format!("more than {MOST_WILDCARDS} namespaces are imported whole here");
            self.problem(name.at, message);
        }
        Ok(())
    }

    pub(super) fn declare(
        &mut self,
        sort: Sort,
        scope: ScopeNo,
        name: Word<'a>,
        item: Declaration<'a>,
    ) {
        let mut meaning = NameMeaning::Declared(self.entries.len());
        if let Declaration::Named(id) | Declaration::Function { id, .. } = &item
            && let Some(standard) = standard_id(sort, last_of(name.text))
        {
            // A file may list names of the standard, and gives them no other meaning.
            meaning = NameMeaning::Standard(standard);
            if id != standard {
                let (sort, name_) = (sort.word(), cut(name.text));
                let message = format!(
                    "`{name_}` is the {sort} `{standard}` of the standard; give this one another name"
                );
                self.problem(name.at, message);
            }
        }
        if !self.scopes.declare(sort, scope, name.text, meaning) {
            let (sort, name_) = (sort.word(), cut(name.text));
            self.problem(name.at, format!("the {sort} `{name_}` is declared twice"));
        }
        self.entries.push(Entry { scope, item });
    }

    /// Reads `keyword name = "identifier"`.
    pub(super) fn named(&mut self, sort: Sort, scope: ScopeNo) -> Read<()> {
        self.advance();
        let name = self.word("a name")?;
        self.require("=")?;
        let id = self.text("an identifier in quotes")?;
        self.declare(sort, scope, name, Declaration::Named(id));
        Ok(())
    }

    pub(super) fn category(&mut self, scope: ScopeNo) -> Read<()> {
        self.named(Sort::Category, scope)
    }

    pub(super) fn type_(&mut self, scope: ScopeNo) -> Read<()> {
        self.named(Sort::Type, scope)
    }

    pub(super) fn rule_combinator(&mut self, scope: ScopeNo) -> Read<()> {
        self.named(Sort::RuleCombinator, scope)
    }

    pub(super) fn policy_combinator(&mut self, scope: ScopeNo) -> Read<()> {
        self.named(Sort::PolicyCombinator, scope)
    }

    pub(super) fn obligation(&mut self, scope: ScopeNo) -> Read<()> {
        self.named(Sort::Obligation, scope)
    }

    pub(super) fn advice(&mut self, scope: ScopeNo) -> Read<()> {
        self.named(Sort::Advice, scope)
    }

    pub(super) fn attribute(&mut self, scope: ScopeNo) -> Read<()> {
        self.advance();
        let name = self.word("the name of the attribute")?;
        let (mut id, mut data_type, mut category) = (None, None, None);
        let mut is_whole = true;
        let read = self.block(|parser| {
            // What is missing after a problem is no other problem.
            let was_whole = std::mem::replace(&mut is_whole, false);
            let member = parser.word("`id`, `type` or `category`")?;
            parser.require("=")?;
            let twice = match member.text {
                "id" => id
                    .replace(parser.text("an identifier in quotes")?)
                    .is_some(),
                "type" => data_type
                    .replace(parser.word("the name of a type")?)
                    .is_some(),
                "category" => category
                    .replace(parser.word("the name of a category")?)
                    .is_some(),
                other => {
                    let known = ["id", "type", "category"];
                    let hint = did_you_mean(similar_name(other, known));
                    let other = cut(other);
                    let message =
                        format!("an attribute has `id`, `type` and `category`, no `{other}`{hint}");
                    parser.problem(member.at, message);
                    return Err(Stop);
                }
            };
            if twice {
                parser.problem(
                    member.at,
                    format!("the attribute has a second `{}`", member.text),
                );
            }
            is_whole = was_whole;
            Ok(())
        });
        is_whole &= read.is_ok();
        let missing = [("id", id.is_none()), ("type", data_type.is_none())];
        for (member, _) in missing
            .into_iter()
            .filter(|(_, is_missing)| is_whole && *is_missing)
        {
            let message = format!("the attribute `{}` has no `{member}`", cut(name.text));
            self.problem(name.at, message);
        }
        let item = Declaration::Attribute {
            name,
            id: id.unwrap_or_default(),
            data_type,
            category,
        };
        self.declare(Sort::Attribute, scope, name, item);
        read
    }

    pub(super) fn function(&mut self, scope: ScopeNo) -> Read<()> {
        self.advance();
        let mut name = self.word("the name of the function")?;
        // `comm` before a name says that the order of the arguments means nothing.
        let is_commutative = name.text == "comm" && self.next.kind == Kind::Word;
        if is_commutative {
            name = self.word("the name of the function")?;
        }
        self.require("=")?;
        let id = self.text("an identifier in quotes")?;
        self.require(":")?;
        while !self.next.is("->") {
            self.type_name()?;
        }
        self.advance();
        let returns = self.type_name()?;
        let inverse = match self.take("inv") {
            true => Some(self.word("the name of a function")?),
            false => None,
        };
        let item = Declaration::Function {
            id,
            returns,
            is_commutative,
            inverse,
        };
        self.declare(Sort::Function, scope, name, item);
        Ok(())
    }

    /// Reads `string`, `bag[string]` or `string*`; returns the name and whether it is a bag of them.
    pub(super) fn type_name(&mut self) -> Read<TypeName<'a>> {
        let mut name = self.word("the name of a type")?;
        let is_bag = name.text == "bag" && self.take("[");
        if is_bag {
            name = self.word("the name of a type")?;
            self.require("]")?;
        }
        // Any number of arguments: `*`, or one at least: `+`.
        let _ = self.take("*") || self.take("+");
        Ok(TypeName { name, is_bag })
    }

    pub(super) fn infix(&mut self, scope: ScopeNo) -> Read<()> {
        self.advance();
        let (mut is_commutative, mut allows_bags) = (false, false);
        loop {
            match self.next.text {
                "comm" => is_commutative = true,
                "allowbags" => allows_bags = true,
                _ => break,
            }
            self.advance();
        }
        self.require("(")?;
        if self.next.kind != Kind::Operator {
            return self.expected("an operator");
        }
        let symbol = self.advance().text;
        self.require(")")?;
        self.require("=")?;
        let mut functions = Vec::new();
        self.block(|parser| {
            let id = parser.text("the identifier of a function in quotes")?;
            parser.require(":")?;
            let left = parser.type_name()?;
            let right = parser.type_name()?;
            parser.require("->")?;
            let returns = parser.type_name()?;
            functions.push(OperatorFunction {
                id,
                types: [left, right, returns],
            });
            Ok(())
        })?;
        let mut inverse = is_commutative.then_some(symbol);
        if self.take("inv") {
            if self.next.kind != Kind::Operator {
                return self.expected("an operator");
            }
            inverse = Some(self.advance().text);
        }
        let item = Declaration::Infix {
            symbol,
            allows_bags,
            functions,
            inverse,
        };
        self.entries.push(Entry { scope, item });
        Ok(())
    }
}
