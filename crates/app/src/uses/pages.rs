//! Pages of a paper, through the locked process. A paper may be read while it is still arriving.

use super::{form_id, lease};
use crate::{App, AppError};
use cabinet_domain::{LeaseState, Paper, PaperContent, SessionState};
use cabinet_ledger::{Hash, PaperNameV1, SpaceId, SpaceKind};
use cabinet_seal::{Identity, PaperSource};
use cabinet_work::WorkError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which paper.
#[derive(Deserialize, TS)]
pub struct PaperRequest {
    /// Its form or session.
    pub form: String,
    /// Its hash.
    pub paper: String,
}

/// Sizes of a paper's pages.
#[derive(Serialize, TS)]
pub struct PaperShape {
    /// Width and height in points; the first page's for all until a page is drawn.
    pub pages: Vec<(f32, f32)>,
}

/// Opens a paper.
pub fn paper(app: &App, request: PaperRequest) -> Result<PaperShape, AppError> {
    let (name, key) = find(app, form_id(&request.form)?, &request.paper)?;
    let pages = app.0.reader.shape(name.hash, &key, || source(app, name))?;
    Ok(PaperShape { pages })
}

/// Draws a page, from 0, as PNG.
pub fn page(app: &App, form: &str, paper: &str, index: u32, width: u32) -> Result<Vec<u8>, AppError> {
    let (name, key) = find(app, form_id(form)?, paper)?;
    app.0.reader.page(name.hash, &key, || source(app, name), index, width)
}

fn find(app: &App, space: SpaceId, paper: &str) -> Result<(PaperNameV1, Identity), AppError> {
    let hash: Hash = paper.parse().map_err(|_| AppError::BadRequest("paper".into()))?;
    let clock = app.hub_clock();
    app.with_laptop(|laptop, now_ms| {
        if let LeaseState::Over(_) = lease::standing(laptop, clock.last_contact_ms, clock.hub_now(now_ms)) {
            return Err(AppError::LeaseOver);
        }
        let found = match laptop.control(space)?.and_then(|c| c.kind) {
            Some(SpaceKind::Session) => of_session(laptop.session_with_pending(space)?.as_ref(), hash),
            _ => laptop
                .form_with_pending(space)?
                .content
                .as_ref()
                .and_then(|content| content.papers.iter().find(|p| p.hash.0 == hash.0).cloned()),
        };
        let found = found.ok_or(WorkError::NotFound)?;
        let key = Identity::parse(&found.key).map_err(|_| AppError::PaperUnreadable)?;
        Ok((PaperNameV1 { hash, size_bytes: found.size_bytes, pieces: Hash(found.pieces.0) }, key))
    })
}

/// A paper of the draft or of any version that was sent.
fn of_session(state: &SessionState, hash: Hash) -> Option<Paper> {
    let draft = state.agenda.version();
    let versions = [&draft].into_iter().chain(state.versions.iter().rev().map(|v| &v.content));
    versions.flat_map(|v| v.papers()).find_map(|(_, filed)| match &filed.content {
        PaperContent::Sealed(paper) if paper.hash.0 == hash.0 => Some(paper.clone()),
        _ => None,
    })
}

fn source(app: &App, name: PaperNameV1) -> Result<Box<dyn PaperSource>, AppError> {
    let folder = app.0.profile.papers();
    if folder.has(name.hash) {
        return Ok(Box::new(folder.open(name.hash)?));
    }
    match app.arriving(name.hash) {
        Some(arriving) => Ok(Box::new(arriving)),
        None => {
            app.want_paper(name);
            Err(AppError::PaperNotHere)
        }
    }
}
