//! Find a form or a session by its words.

use crate::{App, AppError};
use cabinet_vault::Store;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Limit: hits shown.
const HITS_MAX: u32 = 50;

/// What to look for.
#[derive(Deserialize, TS)]
pub struct SearchRequest {
    /// Words, with or without marks.
    pub words: String,
}

/// A hit.
#[derive(Serialize, TS)]
pub struct HitView {
    /// The form or session.
    pub id: String,
    /// Whether it is a session.
    pub is_session: bool,
    /// Its title.
    pub title: String,
    /// The words around it.
    pub snippet: String,
}

/// Searches. Security: the words stay in memory and in the vault's own process.
pub fn search(app: &App, request: SearchRequest) -> Result<Vec<HitView>, AppError> {
    app.with_laptop(|laptop, now_ms| {
        let (forms, sessions) = (super::home::items(laptop, now_ms as i64)?, super::session::list::items(laptop)?);
        let hits = laptop.store().search(&request.words, HITS_MAX)?.into_iter();
        let view = |hit: cabinet_vault::Hit| {
            let id = hit.space.to_string();
            let form = forms.iter().find(|f| f.id == id).map(|f| (false, f.title.clone()));
            let session = || sessions.iter().find(|s| s.id == id).map(|s| (true, s.title.clone()));
            let (is_session, title) = form.or_else(session)?;
            Some(HitView { id, is_session, title, snippet: hit.snippet })
        };
        Ok(hits.filter_map(view).collect())
    })
}
