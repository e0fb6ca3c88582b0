//! Records of saved policies ⇄ a stream of bytes with lengths and checksums.
//!
//! | bytes | what |
//! |--:|---|
//! | 8 | [`MAGIC`] |
//! | 4 | [`FORMAT`] |
//! | 8 | how many policies follow |
//! | 4 | length of the identifier of the algorithm that combines them |
//! | | that identifier, in UTF-8 |
//! | 4 | checksum of the bytes before |
//! | | the policies, each: |
//! | 4 | length of its id |
//! | 4 | length of its body |
//! | 4 | checksum of its body |
//! | | its id, in UTF-8 |
//! | 4 | checksum of which policy it is, counted from 0 in 8 bytes, and of the lengths, the checksum and the id before |
//! | | its body: a byte of [`IS_LIBRARY`] and [`HAS_DIGEST`]; 32 bytes of the digest, if it has one; the packed document |
//! | 4 | after the last: checksum of the checksums of all bodies |
//!
//! Numbers have their lowest byte first. Checksums are CRC-32: they detect every change of up to
//! four bytes in a row, and all but one in four thousand million of others. They detect damage, not
//! forgery.

use std::io::{self, ErrorKind, Read, Write};

use crc32fast::Hasher;

/// Holds line ends of two kinds: a tool that treats the file as text damages its beginning.
pub(super) const MAGIC: [u8; 8] = *b"\x89vdtk\r\n\n";

/// The number of the format. Another layout, other words or another meaning of a byte is another
/// format; a version of the crate that writes the same keeps the number.
pub(super) const FORMAT: u32 = 3;

/// The format before this one: it lacks the combining algorithm, and roles and digests of documents.
const FORMAT_WITHOUT_ABOUT: u32 = 2;

/// The longest identifier of a combining algorithm, in bytes.
const LONGEST_ALGORITHM: usize = 1 << 16;

/// Flag of a document with a digest.
const HAS_DIGEST: u8 = 1;

/// Flag of a library document.
const IS_LIBRARY: u8 = 2;

/// The role and digest of a saved document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::pdp::store) struct SavedAbout {
    pub(in crate::pdp::store) is_library: bool,
    pub(in crate::pdp::store) digest: Option<[u8; 32]>,
}

impl SavedAbout {
    fn write(self, to: &mut Vec<u8>) {
        let library = if self.is_library { IS_LIBRARY } else { 0 };
        let digest = if self.digest.is_some() { HAS_DIGEST } else { 0 };
        to.push(library | digest);
        to.extend(self.digest.into_iter().flatten());
    }

    /// Reads the beginning of a body, and returns the rest.
    fn read(body: &[u8]) -> Option<(Self, &[u8])> {
        let (flags, mut rest) = body.split_first()?;
        if flags & !(IS_LIBRARY | HAS_DIGEST) != 0 {
            return None;
        }
        let mut about = Self {
            is_library: flags & IS_LIBRARY != 0,
            digest: None,
        };
        if flags & HAS_DIGEST != 0 {
            let (digest, after) = rest.split_first_chunk::<32>()?;
            about.digest = Some(*digest);
            rest = after;
        }
        Some((about, rest))
    }
}

/// Writes the header, the records and the end.
pub(super) struct Recorder<W> {
    to: W,
    number: u64,
    all: Hasher,
}

impl<W: Write> Recorder<W> {
    pub(super) fn begin(mut to: W, count: u64, algorithm: &str) -> io::Result<Self> {
        let mut beginning = Vec::with_capacity(28 + algorithm.len());
        beginning.extend_from_slice(&MAGIC);
        beginning.extend_from_slice(&FORMAT.to_le_bytes());
        beginning.extend_from_slice(&count.to_le_bytes());
        beginning.extend_from_slice(&length(algorithm.as_bytes())?);
        beginning.extend_from_slice(algorithm.as_bytes());
        let sum = crc32fast::hash(&beginning);
        beginning.extend_from_slice(&sum.to_le_bytes());
        to.write_all(&beginning)?;
        Ok(Self {
            to,
            number: 0,
            all: Hasher::new(),
        })
    }

    pub(super) fn record(&mut self, id: &str, about: SavedAbout, packed: &[u8]) -> io::Result<()> {
        let mut body = Vec::with_capacity(33 + packed.len());
        about.write(&mut body);
        body.extend_from_slice(packed);
        let body = body.as_slice();
        let sum = crc32fast::hash(body).to_le_bytes();
        let mut head = Vec::with_capacity(16 + id.len());
        head.extend_from_slice(&length(id.as_bytes())?);
        head.extend_from_slice(&length(body)?);
        head.extend_from_slice(&sum);
        head.extend_from_slice(id.as_bytes());
        let head_sum = head_sum(self.number, &head).to_le_bytes();
        head.extend_from_slice(&head_sum);
        self.to.write_all(&head)?;
        self.to.write_all(body)?;
        self.all.update(&sum);
        self.number += 1;
        Ok(())
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.to.write_all(&self.all.finalize().to_le_bytes())?;
        self.to.flush()
    }
}

fn length(bytes: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(bytes.len()).map(u32::to_le_bytes);
    length.map_err(|_| io::Error::new(ErrorKind::InvalidInput, "a policy takes over 4 GiB"))
}

fn head_sum(number: u64, head: &[u8]) -> u32 {
    let mut sum = Hasher::new();
    sum.update(&number.to_le_bytes());
    sum.update(head);
    sum.finalize()
}

/// Reads the output of a [`Recorder`].
pub(super) struct Records<R> {
    from: R,
    pub(super) count: u64,
    /// The identifier of the algorithm that combined the policies, if the format has it.
    pub(super) algorithm: Option<String>,
    format: u32,
    next: u64,
    /// The number of bytes read so far.
    at: u64,
    all: Hasher,
    /// Whether reading has ended: nothing can be found after a record without an end.
    ended: bool,
    longest: usize,
}

/// A saved policy.
pub(super) struct FileRecord {
    /// Its index in the file, from 0.
    pub(super) number: u64,
    /// The offset of its first byte.
    pub(super) at: u64,
    /// Its length in bytes.
    pub(super) length: u64,
    pub(super) id: String,
    body: Vec<u8>,
    format: u32,
    sum: u32,
}

impl FileRecord {
    /// Whether its body has the recorded checksum.
    pub(super) fn is_whole(&self) -> bool {
        crc32fast::hash(&self.body) == self.sum
    }

    /// Returns the role and digest of the document, and its packed form; `None` if the body is
    /// malformed.
    pub(super) fn parts(&self) -> Option<(SavedAbout, &[u8])> {
        match self.format {
            FORMAT_WITHOUT_ABOUT => Some((SavedAbout::default(), &self.body)),
            _ => SavedAbout::read(&self.body),
        }
    }
}

/// An error that ends reading.
pub(super) enum Break {
    Io(io::Error),
    /// The file ends too early, at this byte.
    Ends(u64),
    /// The file is damaged at this byte; the message says how.
    Damaged(u64, String),
}

impl<R: Read> Records<R> {
    /// Reads the header. Policies whose id or body is longer than `longest` are refused.
    pub(super) fn begin(mut from: R, longest: usize) -> Result<Self, Break> {
        let mut at = 0;
        let magic: [u8; 8] = exact(&mut from, &mut at)?;
        if magic != MAGIC {
            return Err(Break::Damaged(0, "this is no saved store".to_owned()));
        }
        let format: [u8; 4] = exact(&mut from, &mut at)?;
        let number = u32::from_le_bytes(format);
        if number != FORMAT && number != FORMAT_WITHOUT_ABOUT {
            return Err(Break::Damaged(
                8,
                format!(
                    "the store was saved in format {number}, and this version of vedtak reads \
                     formats {FORMAT_WITHOUT_ABOUT} and {FORMAT}: load the policies from their documents, and save them again"
                ),
            ));
        }
        let damaged =
            || Break::Damaged(0, "the beginning of the saved store is damaged".to_owned());
        let count: [u8; 8] = exact(&mut from, &mut at)?;
        let mut beginning = [&magic[..], &format, &count].concat();
        let mut algorithm = None;
        if number == FORMAT {
            let length: [u8; 4] = exact(&mut from, &mut at)?;
            let id = some(
                &mut from,
                &mut at,
                u32::from_le_bytes(length),
                LONGEST_ALGORITHM,
            );
            let id = id.unwrap_or_else(|| Err(damaged()))?;
            beginning.extend(length.iter().chain(&id));
            algorithm = Some(String::from_utf8(id).map_err(|_| damaged())?);
        }
        let sum: [u8; 4] = exact(&mut from, &mut at)?;
        if crc32fast::hash(&beginning) != u32::from_le_bytes(sum) {
            return Err(damaged());
        }
        Ok(Self {
            from,
            count: u64::from_le_bytes(count),
            algorithm,
            format: number,
            next: 0,
            at,
            all: Hasher::new(),
            ended: false,
            longest,
        })
    }

    /// Returns the next record; `None` after the last, if the file ends there.
    pub(super) fn next(&mut self) -> Result<Option<FileRecord>, Break> {
        if self.ended {
            return Ok(None);
        }
        // After an error nothing is read; only a complete record resets this.
        self.ended = true;
        if self.next == self.count {
            return self.end().map(|()| None);
        }
        let (number, at) = (self.next, self.at);
        let lengths: [[u8; 4]; 3] = [self.exact()?, self.exact()?, self.exact()?];
        let [id_length, body_length, sum] = lengths.map(u32::from_le_bytes);
        let broken = || {
            Break::Damaged(
                at,
                "it is damaged where it begins, and where the next one begins is not known"
                    .to_owned(),
            )
        };
        let id = self.some(id_length, broken)?;
        let head = [&lengths.concat()[..], &id].concat();
        if u32::from_le_bytes(self.exact()?) != head_sum(number, &head) {
            return Err(broken());
        }
        let id = String::from_utf8(id).map_err(|_| broken())?;
        let longest = self.longest;
        let body = self.some(body_length, || {
            let id = crate::xml::cut(&id);
            Break::Damaged(at, format!(
                "the policy `{id}` takes {body_length} bytes; the limit is {longest} bytes (`Limits::bytes`)"
            ))
        })?;
        self.all.update(&sum.to_le_bytes());
        self.next += 1;
        self.ended = false;
        Ok(Some(FileRecord {
            number,
            at,
            length: self.at - at,
            id,
            body,
            format: self.format,
            sum,
        }))
    }

    /// The index of the next policy, from 0.
    pub(super) fn number(&self) -> u64 {
        self.next
    }

    fn end(&mut self) -> Result<(), Break> {
        let at = self.at;
        let sum: [u8; 4] = self.exact()?;
        if u32::from_le_bytes(sum) != self.all.clone().finalize() {
            let message =
                "the end of the saved store is damaged, or not all of it is of one saving";
            return Err(Break::Damaged(at, message.to_owned()));
        }
        match self.exact::<1>() {
            Err(Break::Ends(_)) => Ok(()),
            Err(other) => Err(other),
            Ok(_) => Err(Break::Damaged(
                at + 4,
                "something follows after the end of the saved store".to_owned(),
            )),
        }
    }

    fn exact<const N: usize>(&mut self) -> Result<[u8; N], Break> {
        exact(&mut self.from, &mut self.at)
    }

    /// Reads this many bytes, unless they exceed the limit.
    fn some(&mut self, length: u32, too_long: impl Fn() -> Break) -> Result<Vec<u8>, Break> {
        let read = some(&mut self.from, &mut self.at, length, self.longest);
        read.unwrap_or_else(|| Err(too_long()))
    }
}

/// Reads this many bytes; none if they exceed `longest`. The number may be false: memory is reserved
/// as bytes arrive.
fn some(
    from: &mut impl Read,
    at: &mut u64,
    length: u32,
    longest: usize,
) -> Option<Result<Vec<u8>, Break>> {
    let wanted = length as usize;
    if wanted > longest {
        return None;
    }
    let mut bytes = Vec::with_capacity(wanted.min(1 << 16));
    if let Err(error) = from.take(length.into()).read_to_end(&mut bytes) {
        return Some(Err(Break::Io(error)));
    }
    *at += bytes.len() as u64;
    Some(match bytes.len() == wanted {
        true => Ok(bytes),
        false => Err(Break::Ends(*at)),
    })
}

fn exact<const N: usize>(from: &mut impl Read, at: &mut u64) -> Result<[u8; N], Break> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        match from.read(&mut bytes[filled..]) {
            Ok(0) => return Err(Break::Ends(*at)),
            Ok(read) => {
                filled += read;
                *at += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Break::Io(error)),
        }
    }
    Ok(bytes)
}
