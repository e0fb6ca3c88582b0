//! Text forms ↔ serde (feature `serde`), for types whose `FromStr` reads back the text they write.
//!
//! Types with a form in the JSON Profile have that form in serde, too, see
//! `request/json/serialized.rs`. Types with neither form derive theirs.

/// `Type: "what it is, for messages", how it is written;`
macro_rules! as_text {
    ($($type:ty: $what:literal, $write:expr;)*) => {$(
        #[cfg(feature = "serde")]
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$write(self))
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::serialized::FromText::new($what))
            }
        }
    )*};
}

pub(crate) use as_text;

/// `Display` of types with a text of their own: it is that of `as_str`.
macro_rules! displayed {
    ($($(#[$form:meta])* $type:ty),*) => {$(
        $(#[$form])*
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

pub(crate) use displayed;

/// `Type: "what it is, for messages", its members`: read by their names, each once, and those that
/// are left out have their defaults. What is derived takes a sequence as well, of which `[]` were
/// all defaults.
#[cfg(feature = "serde")]
macro_rules! by_members {
    ($type:ident: $what:literal, $($member:ident)*) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct SerializedMembers;

                impl<'de> serde::de::Visitor<'de> for SerializedMembers {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$type, A::Error> {
                        use serde::de::Error;
                        let mut read = $type::default();
                        let mut met = std::collections::HashSet::new();
                        while let Some(name) = map.next_key::<String>()? {
                            match &*name {
                                $(stringify!($member) => {
                                    if !met.insert(stringify!($member)) {
                                        return Err(A::Error::duplicate_field(stringify!($member)));
                                    }
                                    read.$member = map.next_value()?;
                                })*
                                other => {
                                    let all = &[$(stringify!($member)),*];
                                    return Err(A::Error::unknown_field(other, all));
                                }
                            }
                        }
                        Ok(read)
                    }
                }

                deserializer.deserialize_map(SerializedMembers)
            }
        }
    };
}

#[cfg(feature = "serde")]
pub(crate) use by_members;

#[cfg(feature = "serde")]
pub(crate) use visitor::FromText;

#[cfg(feature = "serde")]
mod visitor {
    use std::fmt;
    use std::marker::PhantomData;
    use std::str::FromStr;

    use serde::de::{Error, Visitor};

    /// A visitor that parses a string.
    pub(crate) struct FromText<T> {
        what: &'static str,
        gives: PhantomData<T>,
    }

    impl<T> FromText<T> {
        pub(crate) fn new(what: &'static str) -> Self {
            let gives = PhantomData;
            Self { what, gives }
        }
    }

    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for FromText<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.what)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }
}
