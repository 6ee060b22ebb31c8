//! `raw`: any command.

use std::time::Duration;

use komainu_core::wire::command::{Privilege, Request};
use serde::Serialize;

use crate::cli::Raw;
use crate::engine::Bmc;
use crate::output::{Report, Text, hex};
use crate::problem::{Named, Problem, Refusal};

/// The answer to a raw command.
#[derive(Debug, Serialize)]
pub(super) struct RawAnswer {
    completion_code: u8,
    data: Vec<u8>,
}

impl Report for RawAnswer {
    fn text(&self) -> Text {
        Text::Line(if self.data.is_empty() { "done".to_owned() } else { hex(&self.data) })
    }
}

/// Sends it, once unless it may be repeated.
pub(super) async fn raw(
    bmc: Bmc<'_>,
    raw: &Raw,
    privilege: Privilege,
) -> Result<RawAnswer, Problem> {
    let net_fn = raw.net_fn;
    let request = Request::raw(net_fn, raw.lun, raw.command, &raw.data, privilege)
        .map_err(|_| Problem::TooLarge)?;
    let request = if raw.repeat { request.repeated() } else { request };
    let code = bmc.send(request, Duration::MAX).await?;
    if !code.is_success() {
        let command = Named { net_fn, code: raw.command };
        return Err(Problem::Refused(Refusal { command, code, privilege }));
    }
    Ok(RawAnswer { completion_code: code.0, data: bmc.data().to_vec() })
}
