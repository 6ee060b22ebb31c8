//! Searches the small worlds, and says how many there were.

use std::process::ExitCode;
use std::time::Instant;

use komainu_sim::search::stories;

use crate::options::Options;

/// Searches every story.
pub(crate) fn all(options: &Options) -> ExitCode {
    let threads = options.many.threads();
    let mut broken = 0;
    for mut story in stories() {
        if !story.name.contains(&options.story) {
            continue;
        }
        story.twists = options.twists;
        let begun = Instant::now();
        let found = story.search(threads, options.most_runs);
        println!(
            "{}: up to {} twists at {} points: {} runs, {} of them to known states, {} states, \
             {:.1} s{}",
            story.name,
            story.twists,
            found.points,
            found.runs,
            found.merged,
            found.states,
            begun.elapsed().as_secs_f64(),
            if found.cut_short { ", CUT SHORT" } else { "" }
        );
        if let Some((twists, violation)) = found.broken {
            println!("  {twists:?}: {violation}");
            broken += 1;
            for line in story.tell(twists).iter().filter(|_| options.shrink) {
                println!("  {line}");
            }
        }
    }
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
