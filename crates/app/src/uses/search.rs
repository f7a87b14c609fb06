//! Find a form by its words.

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
    /// The form.
    pub form: String,
    /// Its title.
    pub title: String,
    /// The words around it.
    pub snippet: String,
}

/// Searches. Security: the words stay in memory and in the vault's own process.
pub fn search(app: &App, request: SearchRequest) -> Result<Vec<HitView>, AppError> {
    app.with_laptop(|laptop, _| {
        let titles = laptop.briefs()?;
        let title = |space| titles.iter().find(|(s, _)| *s == space).map(|(_, b)| b.title.clone());
        let hits = laptop.store().search(&request.words, HITS_MAX)?.into_iter();
        let view = |hit: cabinet_vault::Hit| {
            Some(HitView { form: hit.space.to_string(), title: title(hit.space)?, snippet: hit.snippet })
        };
        Ok(hits.filter_map(view).collect())
    })
}
