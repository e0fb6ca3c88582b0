//! Lexical forms of `xs:integer` ↔ whole numbers of any size, and their arithmetic (A.3.2).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use num_bigint::{BigInt, Sign};

use super::{DataType, LexicalError, lexical};

/// `xs:integer`: a whole number, exact up to [`MAX_BITS`](Self::MAX_BITS) bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Integer(Repr);

/// INVARIANT: a number that fits an `i64` is `Small`, so that equality and hash may be derived.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Small(i64),
    /// Shared: a copy of a value costs the same at any size.
    Big(Arc<BigInt>),
}

impl Integer {
    /// The size, in bits without the sign, that no result of arithmetic may pass: repeated
    /// multiplication must not be a way to spend memory.
    pub const MAX_BITS: u64 = 65_536;

    /// The number, if it fits.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value) => Some(*value),
            Repr::Big(_) => None,
        }
    }

    /// The size of the number without its sign, in bits; 0 has none.
    pub(crate) fn bits(&self) -> u64 {
        match &self.0 {
            Repr::Small(value) => (64 - value.unsigned_abs().leading_zeros()).into(),
            Repr::Big(value) => value.bits(),
        }
    }

    /// The sum; `None` if it passes [`MAX_BITS`](Self::MAX_BITS).
    pub(crate) fn checked_add(&self, other: &Self) -> Option<Self> {
        if let (Some(a), Some(b)) = (self.as_i64(), other.as_i64())
            && let Some(sum) = a.checked_add(b)
        {
            return Some(sum.into());
        }
        Self::from_big(&*self.to_big() + &*other.to_big())
    }

    /// The difference `self - other`; `None` if it passes [`MAX_BITS`](Self::MAX_BITS).
    pub(crate) fn checked_subtract(&self, other: &Self) -> Option<Self> {
        if let (Some(a), Some(b)) = (self.as_i64(), other.as_i64())
            && let Some(difference) = a.checked_sub(b)
        {
            return Some(difference.into());
        }
        Self::from_big(&*self.to_big() - &*other.to_big())
    }

    /// The product; `None` if it passes [`MAX_BITS`](Self::MAX_BITS).
    pub(crate) fn checked_multiply(&self, other: &Self) -> Option<Self> {
        if let (Some(a), Some(b)) = (self.as_i64(), other.as_i64())
            && let Some(product) = a.checked_mul(b)
        {
            return Some(product.into());
        }
        // A product has as many bits as its factors together, or one less: no need to compute
        // what would be refused.
        if self.bits() + other.bits() > Self::MAX_BITS + 1 {
            return None;
        }
        Self::from_big(&*self.to_big() * &*other.to_big())
    }

    /// The quotient, its fraction cut off; `None` for the divisor 0.
    pub(crate) fn checked_divide(&self, divisor: &Self) -> Option<Self> {
        if divisor.as_i64() == Some(0) {
            return None;
        }
        if let (Some(a), Some(b)) = (self.as_i64(), divisor.as_i64())
            && let Some(quotient) = a.checked_div(b)
        {
            return Some(quotient.into());
        }
        Self::from_big(&*self.to_big() / &*divisor.to_big())
    }

    /// The remainder of [`checked_divide`](Self::checked_divide), with the sign of `self`; `None`
    /// for the divisor 0.
    pub(crate) fn checked_remainder(&self, divisor: &Self) -> Option<Self> {
        if divisor.as_i64() == Some(0) {
            return None;
        }
        if let (Some(a), Some(b)) = (self.as_i64(), divisor.as_i64())
            && let Some(remainder) = a.checked_rem(b)
        {
            return Some(remainder.into());
        }
        Self::from_big(&*self.to_big() % &*divisor.to_big())
    }

    /// The number without its sign.
    pub(crate) fn abs(&self) -> Self {
        match &self.0 {
            Repr::Small(value) => match value.checked_abs() {
                Some(value) => value.into(),
                None => Self::normalised(BigInt::from(value.unsigned_abs())),
            },
            Repr::Big(value) if value.sign() == Sign::Minus => {
                Self::normalised(BigInt::from(value.magnitude().clone()))
            }
            Repr::Big(_) => self.clone(),
        }
    }

    /// The nearest double, ties to even; `None` if the number is outside the range of doubles.
    pub(crate) fn to_f64(&self) -> Option<f64> {
        match &self.0 {
            #[expect(clippy::cast_precision_loss, reason = "rounding is what is asked for")]
            Repr::Small(value) => Some(*value as f64),
            // Past 1,024 bits no double is left, so the text stays short; reading it rounds right.
            Repr::Big(value) if value.bits() <= 1_024 => value
                .to_string()
                .parse()
                .ok()
                .filter(|double: &f64| double.is_finite()),
            Repr::Big(_) => None,
        }
    }

    /// The double without its fraction, exactly; `None` for NaN and the infinities.
    pub(crate) fn from_f64(double: f64) -> Option<Self> {
        const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
        if !double.is_finite() {
            return None;
        }
        if (-TWO_TO_63..TWO_TO_63).contains(&double) {
            #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
            return Some((double as i64).into());
        }
        // From 2^63 on a double has no fraction: it is its 53 bits, shifted.
        let bits = double.to_bits();
        let mantissa = (bits & ((1 << 52) - 1)) | (1 << 52);
        let shift = ((bits >> 52) & 0x7ff).saturating_sub(1_075);
        let sign = if double < 0.0 {
            Sign::Minus
        } else {
            Sign::Plus
        };
        let magnitude = BigInt::from(mantissa) << shift;
        Self::from_big(BigInt::from_biguint(sign, magnitude.magnitude().clone()))
    }

    fn to_big(&self) -> Cow<'_, BigInt> {
        match &self.0 {
            Repr::Small(value) => Cow::Owned(BigInt::from(*value)),
            Repr::Big(value) => Cow::Borrowed(value),
        }
    }

    fn from_big(value: BigInt) -> Option<Self> {
        (value.bits() <= Self::MAX_BITS).then(|| Self::normalised(value))
    }

    fn normalised(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(value) => Self(Repr::Small(value)),
            Err(_) => Self(Repr::Big(Arc::new(value))),
        }
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            (Repr::Big(a), Repr::Big(b)) => a.cmp(b),
            // A big number is past every small one, on the side of its sign.
            (Repr::Big(a), Repr::Small(_)) => a.sign().cmp(&Sign::NoSign),
            (Repr::Small(_), Repr::Big(b)) => Sign::NoSign.cmp(&b.sign()),
        }
    }
}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self(Repr::Small(value))
    }
}

impl From<usize> for Integer {
    fn from(value: usize) -> Self {
        match i64::try_from(value) {
            Ok(value) => value.into(),
            Err(_) => Self(Repr::Big(Arc::new(value.into()))),
        }
    }
}

/// An optional sign and decimal digits, at most 16,384 bytes together.
impl FromStr for Integer {
    type Err = LexicalError;

    fn from_str(text: &str) -> Result<Self, LexicalError> {
        lexical::limit(DataType::Integer, text)?;
        let error = || {
            LexicalError::new(
                DataType::Integer,
                text,
                "expected digits after an optional sign",
            )
        };
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        // The readers below would take `_` between digits or a second sign.
        if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
            return Err(error());
        }
        if let Ok(value) = text.parse::<i64>() {
            return Ok(value.into());
        }
        text.parse().map(Self::normalised).map_err(|_| error())
    }
}

/// Digits without leading zeros, after a `-` if the number is negative.
impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(value) => value.fmt(f),
            Repr::Big(value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_is_exact_across_the_small_range() {
        let (max, min) = (
            integer("9223372036854775807"),
            integer("-9223372036854775808"),
        );
        let (one, two, minus_one) = (integer("1"), integer("2"), integer("-1"));
        for (result, expected) in [
            (max.checked_add(&one), "9223372036854775808"),
            (min.checked_add(&minus_one), "-9223372036854775809"),
            (min.checked_subtract(&one), "-9223372036854775809"),
            (max.checked_multiply(&two), "18446744073709551614"),
            (min.checked_multiply(&minus_one), "9223372036854775808"),
            (min.checked_divide(&minus_one), "9223372036854775808"),
            (min.checked_remainder(&minus_one), "0"),
            (Some(min.abs()), "9223372036854775808"),
            (Some(max.abs()), "9223372036854775807"),
            (
                Some(integer("-9223372036854775809").abs()),
                "9223372036854775809",
            ),
        ] {
            assert_eq!(result.unwrap().to_string(), expected);
        }
        // Back into the small range: the same representation, so equal.
        let big = max.checked_add(&one).unwrap();
        assert_eq!(big.as_i64(), None);
        assert_eq!(big.checked_subtract(&one).unwrap(), max);
        assert_eq!(big.checked_subtract(&one).unwrap().as_i64(), Some(i64::MAX));
    }

    #[test]
    fn division_cuts_toward_zero() {
        let (huge, ten) = ("1".to_owned() + &"0".repeat(30), "10");
        for (a, b, quotient, remainder) in [
            ("7", "2", "3", "1"),
            ("-7", "2", "-3", "-1"),
            ("7", "-2", "-3", "1"),
            ("-7", "-2", "3", "-1"),
            (ten, &huge, "0", "10"),
            (&huge, "-3", "-333333333333333333333333333333", "1"),
        ] {
            let (a, b) = (integer(a), integer(b));
            assert_eq!(a.checked_divide(&b), Some(integer(quotient)));
            assert_eq!(a.checked_remainder(&b), Some(integer(remainder)));
        }
        for a in ["0", "1", &huge] {
            assert_eq!(integer(a).checked_divide(&integer("0")), None);
            assert_eq!(integer(a).checked_remainder(&integer("0")), None);
        }
    }

    #[test]
    fn size_is_bounded() {
        let mut value = integer("2");
        for _ in 0..15 {
            value = value.checked_multiply(&value).unwrap();
        }
        assert_eq!(value.bits(), 32_769);
        // 2^65535 has 65,536 bits and is the last power of two.
        let half = value.checked_divide(&integer("2")).unwrap();
        let last = value.checked_multiply(&half).unwrap();
        assert_eq!(last.bits(), Integer::MAX_BITS);
        assert_eq!(value.checked_multiply(&value), None);
        assert_eq!(last.checked_multiply(&integer("2")), None);
        assert_eq!(last.checked_add(&last), None);
        assert_eq!(
            integer("0")
                .checked_subtract(&last)
                .unwrap()
                .checked_subtract(&last),
            None
        );
        assert_eq!(last.checked_multiply(&integer("0")), Some(integer("0")));
        assert_eq!(last.to_f64(), None);
        assert_eq!(
            (
                integer("0").bits(),
                integer("-1").bits(),
                integer("256").bits()
            ),
            (0, 1, 9)
        );
    }

    #[test]
    fn order() {
        let sorted = [
            "-99999999999999999999",
            "-9223372036854775809",
            "-9223372036854775808",
            "-1",
            "0",
            "1",
            "9223372036854775807",
            "9223372036854775808",
            "99999999999999999999",
        ]
        .map(integer);
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} {b}");
            }
        }
    }

    #[test]
    fn doubles() {
        for (text, double) in [
            ("0", Some(0.0)),
            ("-5", Some(-5.0)),
            // Ties go to the even neighbour.
            ("9007199254740993", Some(9_007_199_254_740_992.0)),
            ("9007199254740995", Some(9_007_199_254_740_996.0)),
            ("36893488147419103232", Some(36_893_488_147_419_103_232.0)),
            ("36893488147419107328", Some(36_893_488_147_419_103_232.0)),
            ("36893488147419107329", Some(36_893_488_147_419_111_424.0)),
        ] {
            assert_eq!(integer(text).to_f64(), double, "{text}");
        }
        let max = Integer::from_f64(f64::MAX).unwrap();
        assert_eq!(max.to_f64(), Some(f64::MAX));
        assert_eq!(
            max.checked_add(&integer("1")).unwrap().to_f64(),
            Some(f64::MAX)
        );
        assert_eq!(max.checked_add(&max).unwrap().to_f64(), None);
        // Half a unit in the last place past the greatest double rounds out of range.
        let half_ulp = Integer::from_f64(2_f64.powi(970)).unwrap();
        assert_eq!(max.checked_add(&half_ulp).unwrap().to_f64(), None);

        for (double, text) in [
            (0.9, "0"),
            (-0.9, "0"),
            (2.5, "2"),
            (-2.5, "-2"),
            (5e-324, "0"),
            (9_223_372_036_854_775_808.0, "9223372036854775808"),
            (-9_223_372_036_854_775_808.0, "-9223372036854775808"),
            (-9_223_372_036_854_777_856.0, "-9223372036854777856"),
            (1e22, "10000000000000000000000"),
        ] {
            assert_eq!(Integer::from_f64(double).unwrap().to_string(), text);
        }
        for double in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Integer::from_f64(double), None);
        }
    }

    #[test]
    fn rust_integers() {
        assert_eq!(
            Integer::from(usize::MAX).to_string(),
            usize::MAX.to_string()
        );
        assert_eq!(Integer::from(3_usize), Integer::from(3_i64));
    }

    fn integer(text: &str) -> Integer {
        text.parse().unwrap()
    }
}
