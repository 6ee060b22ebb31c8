//! `komainu alert`: a hardware manager says that a server's power may have gone.

use super::reach::{Wanted, reach};
use crate::cli::AlertArgs;
use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::control::{HintBody, Hinted};
use crate::exit::Exit;
use crate::service::ServerRef;

/// Hands the alert to the connector.
pub(super) async fn run(args: &AlertArgs) -> Result<Exit, Stop> {
    let AlertArgs { address, date, time, alert_id, reach: by } = args;
    let of = match address.parse() {
        Ok(address) => Hinted::Address { address },
        Err(_) => Hinted::Server(ServerRef { cluster: None, server: address.clone() }),
    };
    let hint = HintBody { of, said: format!("alert {alert_id} of {date} {time}") };
    let reached = reach(by, Wanted::Connector).await?;
    reached.client.hint(&hint).await?;
    let text = match by.json {
        true => line(&reached.about),
        false => format!("{} reads the power of {address} now\n", reached.whom()),
    };
    print(text.as_bytes())
}
