//! The bytes of a value outside of the value itself: the measure of the work of reading it and of
//! the memory of making it. Copying a value copies none of them.

use std::sync::Arc;

use super::{
    Date, DateTime, DayTimeDuration, DnsName, Integer, IpAddress, Rfc822Name, Time, X500Name,
    YearMonthDuration,
};

/// The bytes of a value that are not in the value itself.
pub(crate) trait Bulk {
    fn bulk(&self) -> usize;
}

impl Bulk for Integer {
    #[inline]
    fn bulk(&self) -> usize {
        match self.as_i64() {
            Some(_) => 0,
            None => usize::try_from(self.bits() / 8).unwrap_or(usize::MAX),
        }
    }
}

/// Types whose values have a length, and types whose values are all alike.
macro_rules! bulk {
    ($($sized:ty => |$value:ident| $length:expr;)* $(, $($flat:ty)+)?) => {
        $(impl Bulk for $sized {
            #[inline]
            fn bulk(&self) -> usize {
                let $value = self;
                $length
            }
        })*
        $($(impl Bulk for $flat {
            #[inline]
            fn bulk(&self) -> usize {
                0
            }
        })+)?
    };
}

bulk! {
    Arc<str> => |text| text.len();
    String => |text| text.len();
    &str => |text| text.len();
    Arc<X500Name> => |name| name.as_str().len();
    Arc<Rfc822Name> => |name| name.as_str().len();
    Arc<IpAddress> => |address| address.as_str().len();
    Arc<DnsName> => |name| name.as_str().len();
    , bool f64 Time Date DateTime DayTimeDuration YearMonthDuration
}
