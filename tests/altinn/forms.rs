//! Every form in which a PDP can be asked.

use vedtak::altinn::{Pdp, Ruling};
use vedtak::request::Matrix;
use vedtak::value::DateTime;
use vedtak::{Context, Request, Response};

/// The rulings on one request in every form, of a PDP whose clock says `at`. A response has no basis and
/// no levels: they are taken from a decision.
pub(crate) fn every_form(
    pdp: &Pdp,
    request: &Request,
    at: DateTime,
) -> Vec<(&'static str, Ruling)> {
    let of_response = |mut response: Response| {
        assert_eq!(response.results.len(), 1);
        let mut ruling = pdp.decide_at(request, at);
        ruling.result = response.results.remove(0);
        ruling
    };
    let mut context = Context::new();
    let matrix = Matrix::new(request.clone());
    vec![
        ("decide", pdp.decide(request)),
        ("decide_at", pdp.decide_at(request, at)),
        ("decide_with", pdp.decide_with(&mut context, request, at)),
        ("decide_recorded", pdp.decide_recorded(request, at).0),
        ("decide_all", pdp.decide_all_at([request], at).remove(0)),
        (
            "decide_matrix",
            pdp.decide_matrix_at(&matrix, at).into_cells().remove(0),
        ),
        ("explain", pdp.explain_at(request, at).ruling),
        ("respond", of_response(pdp.respond_at(request, at))),
        (
            "decide_async",
            pollster::block_on(pdp.decide_async(request)),
        ),
        (
            "decide_all_async",
            pollster::block_on(pdp.decide_all_async([request])).remove(0),
        ),
        (
            "respond_async",
            of_response(pollster::block_on(pdp.respond_async(request))),
        ),
    ]
}
