//! The story as a picture: who was at what, when.

use super::machine::Doing;
use super::names::{SERVERS, UPSES};
use super::world::World;

/// One character stands for so many ticks: ten seconds.
const TICKS: usize = 20;

/// What was seen, one character for each tick.
#[derive(Default)]
pub(super) struct Chart {
    ups: [String; 2],
    servers: [String; 3],
}

impl Chart {
    /// Notes how everything is.
    pub(super) fn note(&mut self, world: &World) {
        for (row, ups) in self.ups.iter_mut().zip(&world.ups) {
            row.push(match (ups.gives(), ups.mains) {
                (false, _) => ' ',
                (true, true) => '=',
                (true, false) => '~',
            });
        }
        for (row, server) in self.servers.iter_mut().zip(&world.servers) {
            row.push(match server.doing {
                Doing::Up if server.guests < server.all_guests => 'g',
                Doing::Up => '#',
                Doing::Stopping(_) => 's',
                Doing::Off => '.',
                Doing::Booting(_) => 'b',
            });
        }
    }

    /// The picture.
    pub(super) fn lines(&self) -> String {
        let mut text = String::from("  each character is ten seconds\n\n");
        let rows = UPSES.iter().zip(&self.ups).chain(SERVERS.iter().zip(&self.servers));
        for (name, row) in rows {
            let seen: Vec<char> = row.chars().collect();
            let shown = seen.chunks(TICKS).map(most_telling);
            text.push_str(&format!("  {name:7} {}\n", shown.collect::<String>()));
        }
        text.push_str(
            "\n  = mains  ~ battery    # works  g guests stopped  s shuts down  . off  b starts\n",
        );
        text
    }
}

/// Of what happened within a character the rarest, so that nothing short is hidden.
fn most_telling(ticks: &[char]) -> char {
    let rank = |seen: &char| "#=~.gbs ".find(*seen);
    ticks.iter().copied().max_by_key(rank).unwrap_or(' ')
}
