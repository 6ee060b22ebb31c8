//! What an appliance's own network is: its address, and that of its network card.

use std::net::Ipv4Addr;

use komainu_core::block::Addressing;
use toml::de::DeValue;

use super::{Kind, not, quoted};

/// The word for an address that is asked for.
const DHCP: &str = "dhcp";

/// An address with the length of its network, or that it is asked for. The gateway is a field of
/// its own.
#[derive(Debug)]
pub(crate) struct Own;

impl Kind for Own {
    type Value = Addressing;

    fn parse(&self, value: &DeValue<'_>) -> Result<Addressing, String> {
        let text = value.as_str().ok_or_else(|| not("text in quotes"))?;
        if text == DHCP {
            return Ok(Addressing::Dhcp);
        }
        let parts = text.split_once('/').ok_or_else(|| not("an address with a prefix"))?;
        let address: Ipv4Addr = parts.0.parse().map_err(|_| not("an address of IPv4"))?;
        let prefix = parts.1.parse().map_err(|_| not("an address with a prefix"))?;
        Addressing::fixed(address, prefix, None).ok_or_else(|| not("a host of its network"))
    }

    fn canonical(&self, value: &Addressing) -> String {
        quoted(&match value {
            Addressing::Dhcp => DHCP.to_owned(),
            Addressing::Static { address, prefix, .. } => format!("{address}/{prefix}"),
        })
    }

    fn allowed(&self) -> String {
        "\"dhcp\", or an address of IPv4 with its prefix of 1 to 30 bits, \"192.0.2.7/24\""
            .to_owned()
    }
}

/// The address of a network card.
#[derive(Debug)]
pub(crate) struct Mac;

impl Kind for Mac {
    type Value = [u8; 6];

    fn parse(&self, value: &DeValue<'_>) -> Result<[u8; 6], String> {
        let text = value.as_str().ok_or_else(|| not("text in quotes"))?;
        let wrong = || not("such an address");
        let mut mac = [0; 6];
        let mut digits = text.split(':');
        for byte in &mut mac {
            let pair = digits.next().filter(|pair| pair.len() == 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        let own = mac[0] & 1 == 0 && mac != [0; 6] && digits.next().is_none();
        own.then_some(mac).ok_or_else(wrong)
    }

    fn canonical(&self, value: &[u8; 6]) -> String {
        let pairs: Vec<_> = value.iter().map(|byte| format!("{byte:02x}")).collect();
        quoted(&pairs.join(":"))
    }

    fn allowed(&self) -> String {
        "address of one network card, \"02:00:5e:00:53:01\"".to_owned()
    }
}
