//! Everything that the routes share, made once from the settings.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

use axum::http::StatusCode;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use vedtak::authzen::Mapping;
use vedtak::response::StatusDisclosure;

use crate::Failure;
use crate::access::{Access, Right};
use crate::decision_log::DecisionLog;
use crate::engine::altinn_mapping;
use crate::gate::{ASKED, Asked, may};
use crate::listen;
use crate::options::{MappingName, Options};
use crate::policies::{Policies, Version};
use crate::problem::Problem;
use crate::telemetry::Recorder;

/// The decisions that are made at once, for each processor.
pub const DECISIONS: usize = 8;

/// The state of a server.
pub struct Service {
    pub options: Options,
    pub access: Access,
    pub recorder: Recorder,
    pub policies: Policies,
    /// What speaks TLS, if the server does.
    pub tls: Option<TlsAcceptor>,
    mapping: Mapping,
    /// Explanations and analyses that are made at once: as many as there are processors.
    heavy: Arc<Semaphore>,
    /// Decisions that are made at once: some for each processor, so that a short one need not wait for a
    /// long one.
    light: Arc<Semaphore>,
    is_stopping: AtomicBool,
}

impl Service {
    /// Makes a service, and reads its folder. Errors: a file of the settings cannot be read, or they
    /// contradict themselves.
    pub fn new(options: Options) -> Result<Arc<Self>, Failure> {
        options.check()?;
        let access = Access::new(&options)?;
        let tls = listen::acceptor(&options)?;
        let log = options.decision_log.as_deref().map(|file| {
            let log = DecisionLog::open(file, options.settings());
            log.map_err(|why| format!("the decision log `{}`: {why}", file.display()))
        });
        let recorder = Recorder::new(log.transpose()?);
        let policies = Policies::new(&options.deciding, options.settings(), recorder.clone())?;
        policies.start(&options.folder, &options.deciding)?;
        let mapping = match (&options.deciding.altinn, options.mapping) {
            (Some(_), _) => altinn_mapping(),
            (None, MappingName::ByName) => Mapping::by_name(),
            (None, MappingName::Standard) => Mapping::standard(),
        };
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Arc::new(Self {
            options,
            access,
            recorder,
            policies,
            tls,
            mapping,
            heavy: Arc::new(Semaphore::new(processors)),
            light: Arc::new(Semaphore::new(processors * DECISIONS)),
            is_stopping: AtomicBool::new(false),
        }))
    }

    /// Returns the newest policies, by which the request that is being answered is decided.
    pub fn version(&self) -> Arc<Version> {
        let version = self.policies.current();
        // The first look counts: a question looks once.
        let _ = ASKED.try_with(|asked| asked.policies.set(version.digest.clone()));
        version
    }

    /// Looks into the folder. What fails is logged, and what decides stays.
    pub fn sync(&self) {
        if let Err(error) = self.policies.sync(&self.options.folder) {
            tracing::error!(%error, "the folder cannot be followed");
        }
    }

    /// Returns how AuthZEN's members become attributes, and whether the caller learns reasons.
    pub fn mapping(&self) -> Mapping {
        let mut mapping = self.mapping.clone();
        mapping.disclosure = disclosure();
        mapping
    }

    /// Says that the server is about to stop: it is not ready any more.
    pub fn stops(&self) {
        self.is_stopping.store(true, Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Relaxed)
    }

    /// Decides on a thread of its own, so that those that speak to clients are free. Errors: as
    /// [`heavily`](Self::heavily).
    pub async fn deciding<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.on_thread(&self.light, "decisions", work).await
    }

    /// Does what takes long on a thread of its own, with few others at once. Errors: 503 if too many others
    /// are at it, 500 if it panics.
    pub async fn heavily<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.on_thread(&self.heavy, "explanations", work).await
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        turns: &Arc<Semaphore>,
        what: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = turns.clone().acquire_owned();
        let turn = tokio::time::timeout(self.options.answer_within / 2, turn).await;
        let Ok(Ok(turn)) = turn else {
            let busy = format!("too many {what} are being made: ask again later");
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, busy));
        };
        let asked = ASKED.try_with(Arc::clone).unwrap_or_default();
        let mut waits = Waits(Some(asked.clone()));
        let span = tracing::Span::current();
        let worked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            span.in_scope(|| ASKED.sync_scope(asked, work))
        });
        let worked = worked.await;
        waits.0 = None;
        worked.map_err(|error| {
            tracing::error!(%error, "a question made the server panic");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the server has a defect")
        })
    }

    /// Does what the engine does for a request, and counts its time.
    pub fn timed<T>(&self, decide: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let decided = decide();
        self.recorder.decided_in(begun.elapsed());
        decided
    }
}

/// Somebody who waits for work on a thread. Whoever is answered 408, or is gone, waits no longer.
struct Waits(Option<Arc<Asked>>);

impl Drop for Waits {
    fn drop(&mut self) {
        if let Some(asked) = &self.0 {
            asked.is_over.store(true, Relaxed);
        }
    }
}

/// Returns how much of a status the caller may see: strangers see codes.
pub fn disclosure() -> StatusDisclosure {
    match may(Right::Explain) {
        true => StatusDisclosure::Message,
        false => StatusDisclosure::CodeOnly,
    }
}
