//! Finds the service that is to be asked.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::cli::Reach;
use crate::commands::Stop;
use crate::config;
use crate::control::{About, Client, ClientError, Party, TOKEN};
use crate::exit::Exit;

/// Which services can do what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Connectors alone.
    Connector,
    /// Members alone.
    Member,
    /// Both; the connector, where this machine has both.
    Either,
}

impl Wanted {
    const fn includes(self, party: Party) -> bool {
        match self {
            Self::Connector => matches!(party, Party::Connector),
            Self::Member => matches!(party, Party::Member),
            Self::Either => true,
        }
    }
}

/// A service that has answered.
pub(crate) struct Reached {
    pub(crate) client: Client,
    pub(crate) about: About,
}

impl Reached {
    /// What it is called, for people.
    pub(super) fn whom(&self) -> String {
        format!("{} {}", self.about.service.word(), self.about.name)
    }
}

/// Where a service may be.
struct Place {
    address: SocketAddr,
    token: PathBuf,
}

/// The first service that answers of those that can do it.
pub(crate) async fn reach(reach: &Reach, wanted: Wanted) -> Result<Reached, Stop> {
    let places = places(reach, wanted)?;
    let mut failure = None;
    for place in &places {
        match ask(place).await {
            Ok(reached) if wanted.includes(reached.about.service) => return Ok(reached),
            Ok(reached) => {
                let party = reached.about.service.word();
                let text = format!(
                    "a {party} answers at {}, but this is not for {party}s\n  Name the other \
                     service's address with --control and its token with --token-file.",
                    place.address
                );
                failure = Some(Stop::new(Exit::Usage, text));
            }
            // What the most promising one says counts.
            Err(error) => failure = failure.or(Some(error.into())),
        }
    }
    Err(failure.unwrap_or_else(|| nobody(wanted)))
}

async fn ask(place: &Place) -> Result<Reached, ClientError> {
    let client = Client::new(place.address, &place.token)?;
    let about = client.about().await?;
    Ok(Reached { client, about })
}

fn nobody(wanted: Wanted) -> Stop {
    let (who, unit) = match wanted {
        Wanted::Connector => ("connector", "komainu-connector"),
        Wanted::Member => ("member", "komainu-member"),
        Wanted::Either => ("connector or member", "komainu-connector' or 'komainu-member"),
    };
    let text = format!(
        "no {who} has been started on this machine, as far as the configuration says\n  Run this \
         where it runs, or start it ('systemctl start {unit}'); --control and --token-file name \
         another one."
    );
    Stop::new(Exit::NoService, text)
}

/// Where to look: as the options say, and as the configuration does where they say nothing. A
/// service that has never run here has left no token.
fn places(reach: &Reach, wanted: Wanted) -> Result<Vec<Place>, Stop> {
    if let (Some(address), Some(token)) = (reach.control, &reach.token_file) {
        return Ok(vec![Place { address, token: token.clone() }]);
    }
    let site = config::load(reach.config.as_deref())?;
    let connector = site.connector(None, &config::machine_name()).ok();
    let connector = connector.map(|connector| (Party::Connector, &connector.keeping));
    let found = connector.into_iter().chain([(Party::Member, &site.member)]);
    let found = found.filter(|(party, _)| wanted.includes(*party)).map(|(_, keeping)| Place {
        address: reach.control.unwrap_or(keeping.control),
        token: reach.token_file.clone().unwrap_or_else(|| keeping.state.join(TOKEN)),
    });
    let is_there = |place: &Place| match place.token.metadata() {
        Err(error) => error.kind() != ErrorKind::NotFound,
        Ok(_) => true,
    };
    Ok(found.filter(|place| reach.token_file.is_some() || is_there(place)).collect())
}
