//! Text forms ↔ serde (feature `serde`), for whatever has a `FromStr` that reads back what is written.
//!
//! What has a form in the JSON Profile has the same in serde, see `request/json/serialized.rs`; what has
//! neither is derived.

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

#[cfg(feature = "serde")]
pub(crate) use visitor::FromText;

#[cfg(feature = "serde")]
mod visitor {
    use std::fmt;
    use std::marker::PhantomData;
    use std::str::FromStr;

    use serde::de::{Error, Visitor};

    /// Takes a string, and parses it.
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
