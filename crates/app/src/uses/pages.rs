//! Pages of a paper, through the locked process. A paper may be read while it is still arriving.

use super::{form_id, lease};
use crate::{App, AppError};
use cabinet_domain::LeaseState;
use cabinet_ledger::{Hash, PaperNameV1, SpaceId};
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
        if let LeaseState::Over(_) = lease::standing(laptop, clock.last_contact_ms, now_ms) {
            return Err(AppError::LeaseOver);
        }
        let found = laptop.paper(space, hash)?.ok_or(WorkError::NotFound)?;
        let key = Identity::parse(&found.key).map_err(|_| AppError::PaperUnreadable)?;
        Ok((PaperNameV1 { hash, size_bytes: found.size_bytes, pieces: Hash(found.pieces.0) }, key))
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
