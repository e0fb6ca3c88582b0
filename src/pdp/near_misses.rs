//! A request → what is nearly an attribute that policies read.

use super::Pdp;
use crate::attribute::ShortNames;
use crate::error::{cut, last_part};
use crate::evaluate;
use crate::request::Request;

impl Pdp {
    /// Says of attributes that policies read where the request nearly has one: with another data type, in
    /// another category, from another issuer, or by a name that is spelt similarly. A decision has them as
    /// absent. Attributes that policies read as they are, and those that resemble none, are not told of. At most
    /// 500 attributes of the request are looked at, for as many that it lacks, or for fewer if very many have long
    /// names.
    ///
    /// ```
    /// use vedtak::{Pdp, Request, attribute::category};
    ///
    /// let policy = std::fs::read_to_string("examples/letters.xml")?;
    /// let pdp = Pdp::builder().policy("letters.xml", policy).build()?;
    /// let of = |name: &str| Request::builder().attribute(category::ACCESS_SUBJECT, name, "clerk").build();
    /// assert_eq!(
    ///     pdp.near_misses(&of("rolle")),
    ///     ["policies read `role` of the subject as string, and the request has `rolle`"]
    /// );
    /// assert!(pdp.near_misses(&of("role")).is_empty() && pdp.near_misses(&of("age")).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn near_misses(&self, request: &Request) -> Vec<String> {
        let found = evaluate::near_misses(request, &self.inner.program.slots);
        if found.is_empty() {
            return Vec::new();
        }
        let names = ShortNames::of(self.attributes());
        let told = found.into_iter().map(|(of, near)| {
            // What the request has may end so as well.
            let name = match near.contains(&format!("`{}`", cut(last_part(&of.id)))) {
                true => format!("`{}`", cut(&of.id)),
                false => names.in_words(of),
            };
            let data_type = of.data_type.short_name();
            format!("policies read {name} as {data_type}, and {near}")
        });
        told.collect()
    }
}
