//! Files in ALFA → documents of a builder.

use std::collections::HashSet;

use super::{Content, PdpBuilder};
use crate::syntax::{Document, alfa, referred};

impl PdpBuilder {
    /// Adds the policies of files in ALFA, each a name and its bytes, which may use one another's
    /// declarations. A policy that a set in these files refers to is for others to refer to, as with
    /// [`library`](Self::library); the others decide.
    ///
    /// ```
    /// let text = r#"
    ///     namespace letters {
    ///         policyset all { apply denyOverrides  reading }
    ///         policy reading { apply denyOverrides  rule anybody { permit } }
    ///     }
    /// "#;
    /// let pdp = vedtak::Pdp::builder().alfa([("letters.alfa", text.as_bytes())]).build()?;
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// [`build`](Self::build) tells what is wrong in the files, together with what is wrong in others.
    pub fn alfa<'f>(self, files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Self {
        self.alfa_with_library(files, [])
    }

    /// Adds the policies of files in ALFA as [`alfa`](Self::alfa) does, and those of a library, which are
    /// evaluated only where a reference names them, as with [`library`](Self::library). All these files may
    /// use one another's declarations. One of the library with the bytes of another file is left out. A policy
    /// that only the library refers to decides by itself as well.
    ///
    /// ```
    /// let main = r#"policyset all { apply denyOverrides  letters.reading }"#;
    /// let library = r#"
    ///     namespace letters {
    ///         policy reading { apply denyOverrides  rule anybody { permit } }
    ///         policy writing { apply denyOverrides  rule nobody { deny } }
    ///     }
    /// "#;
    /// let files = [("main.alfa", main.as_bytes())];
    /// let library = [("library.alfa", library.as_bytes())];
    /// let builder = vedtak::Pdp::builder().alfa_with_library(files, library);
    /// assert_eq!(builder.root_count(), 1);
    /// # builder.build()?;
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn alfa_with_library<'f>(
        mut self,
        files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
        library: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Self {
        let mut files: Vec<(&str, &[u8])> = files.into_iter().collect();
        let own = files.len();
        let mut known: HashSet<&[u8]> = files.iter().map(|(_, bytes)| *bytes).collect();
        let library = library.into_iter();
        files.extend(library.filter(|(_, bytes)| known.insert(bytes)));
        let (read, unread) = alfa::read_with_problems(files, &self.limits);
        self.unread.extend(unread);
        // What a library refers to decides as it did without the library.
        let referring = read.iter().filter(|(_, file, _)| *file < own);
        let parts = referred(referring.flat_map(|(document, ..)| document.references()));
        let is_root = |document: &Document, file: usize| {
            file < own && !parts.contains(&(document.kind(), document.id()))
        };
        let roots = read
            .iter()
            .map(|(document, file, _)| is_root(document, *file));
        let roots: Vec<bool> = roots.collect();
        for ((document, _, text), is_root) in read.into_iter().zip(roots) {
            self = self.add(is_root, Content::Tree(Box::new(document), Some(text)));
        }
        self
    }
}
