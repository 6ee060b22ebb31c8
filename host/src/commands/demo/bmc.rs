//! `komainu demo bmc`: a rack of simulated servers on this machine, discovered, asked and fenced,
//! each step told for people who see this for the first time.

mod rack;
mod tell;

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::time::Duration;

use komainu_core::fence::{Budgets, Method, Plan};
use komainu_core::secret::{Key, KeyId};
use komainu_core::session::{Profile, Scope, UserName};
use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::chassis::GetChassisStatus;

use crate::cli::{DemoBmcArgs, Output};
use crate::clock;
use crate::commands::{Flush, Stop, runtime};
use crate::engine::{self, Bmc, Job, Line, Peer};
use crate::exit::Exit;
use crate::output::Printer;
use crate::problem::Problem;
use crate::tasks::fence;
use rack::{PASSWORD, Rack, USER};
use tell::{Teller, found, power};

/// Longest time for one host in one scene: one of them does not answer, and everybody waits to
/// see that.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Time to read a scene.
const PAUSE: Duration = Duration::from_millis(1500);

/// Plays the demo.
pub(super) fn run(args: &DemoBmcArgs) -> Result<Exit, Stop> {
    let output = Output { json: false, quiet: true, color: args.color };
    let stage = Stage {
        rack: Rack::start(usize::from(args.bmcs))?,
        keys: [Key::new(PASSWORD.as_bytes()).map_err(|error| Stop::new(Exit::Local, error))?],
        printer: RefCell::new(Printer::new(output, 0)),
        pause: (!args.fast && io::stdout().is_terminal()).then_some(PAUSE),
    };
    let ended = runtime()?.block_on(async {
        let scenes = [Scene::Discover, Scene::Status, Scene::Fence, Scene::Afterwards];
        stage.opening();
        for (number, scene) in (2..).zip(scenes) {
            stage.play(number, scene).await?;
        }
        Ok::<_, Stop>(stage.closing())
    });
    stage.printer.borrow_mut().flush();
    ended
}

/// The scenes behind the opening.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scene {
    Discover,
    Status,
    Fence,
    Afterwards,
}

/// What a scene asks each BMC.
type Ask = for<'a> fn(&'a Stage, usize, Bmc<'a>) -> Job<'a>;

struct Stage {
    rack: Rack,
    keys: [Key; 1],
    printer: RefCell<Printer>,
    pause: Option<Duration>,
}

impl Stage {
    fn say(&self, line: &str) {
        let mut printer = self.printer.borrow_mut();
        printer.line(line);
        printer.flush();
    }

    fn opening(&self) {
        self.say(tell::OPENING);
        self.say("1. This starts some simulated BMCs on this machine. No hardware is touched.");
        for server in self.rack.servers() {
            self.say(&format!("     {:7} {:21}  {}", server.name, server.address, server.what));
        }
    }

    async fn play(&self, number: usize, scene: Scene) -> Result<(), Stop> {
        if let Some(pause) = self.pause {
            tokio::time::sleep(pause).await;
        }
        let victim = &self.rack.victim().name;
        let title = match scene {
            Scene::Discover => tell::DISCOVERY.to_owned(),
            Scene::Status => tell::STATUS.to_owned(),
            Scene::Fence => format!("{victim} {}", tell::FENCING),
            Scene::Afterwards => "Status of all again.".to_owned(),
        };
        self.say(&format!("\n{number}. {title}"));
        let began = clock::now();
        let ask: Ask = match scene {
            Scene::Discover => |stage, host, bmc| Box::pin(stage.discover(host, bmc)),
            Scene::Status | Scene::Afterwards => {
                |stage, host, bmc| Box::pin(stage.status(host, bmc))
            }
            Scene::Fence => return self.fence().await,
        };
        self.ask_all(ask).await?;
        let took = clock::now().since(began).as_secs_f64();
        self.say(&format!("   All asked in {took:.2} s; the time goes to the one that is silent."));
        Ok(())
    }

    async fn ask_all(&self, ask: Ask) -> Result<(), Stop> {
        let servers = self.rack.servers();
        let peers = servers.iter().map(|server| self.peer(server.address, PATIENCE)).collect();
        let line = Line::new(clock::now());
        let start = &mut |host, bmc| ask(self, host, bmc);
        let ended = engine::run(peers, &self.keys, &line, start, &mut Flush(&self.printer)).await?;
        if ended.interrupted { Err(Stop::new(Exit::Interrupted, "interrupted")) } else { Ok(()) }
    }

    fn peer(&self, address: std::net::SocketAddr, timeout: Duration) -> Peer {
        let user = UserName::new(USER).unwrap_or_default();
        let mut profile = Profile::new(user, Some(KeyId(0)));
        profile.privilege = Privilege::Operator;
        Peer { address, profile, timeout: Some(timeout) }
    }

    async fn discover(&self, host: usize, bmc: Bmc<'_>) {
        let result = bmc.survey(Scope::Everything).await;
        self.tell(host, result.map(|findings| found(&findings)));
    }

    async fn status(&self, host: usize, bmc: Bmc<'_>) {
        let began = bmc.now();
        let result = bmc.ask(&GetChassisStatus).await;
        let took = bmc.now().since(began);
        self.tell(host, result.map(|status| power(status.power_on, took)));
    }

    fn tell(&self, host: usize, result: Result<String, Problem>) {
        let name = self.rack.servers()[host].name.as_str();
        let words = result.unwrap_or_else(|problem| format!("{problem}"));
        self.printer.borrow_mut().line(&format!("     {name:7} {words}"));
    }

    async fn fence(&self) -> Result<(), Stop> {
        let victim = self.rack.victim();
        let plan = Plan::new(&[Method::Off], true, Budgets::default())
            .ok_or_else(|| Stop::new(Exit::Local, "the plan has one method"))?;
        let worst = plan.worst_case().answering;
        let peers = vec![self.peer(victim.address, Duration::from_secs(60))];
        let line = Line::new(clock::now());
        let failed = RefCell::new(None);
        let start = &mut |_, bmc| {
            let (plan, failed) = (plan.clone(), &failed);
            Box::pin(async move {
                let mut teller = Teller(&self.printer);
                match fence(bmc, plan, &mut teller).await {
                    Ok(fencing) => self.say(&tell::result(&victim.name, &fencing, worst)),
                    Err(problem) => *failed.borrow_mut() = Some(problem),
                }
            }) as Job<'_>
        };
        let ended = engine::run(peers, &self.keys, &line, start, &mut Flush(&self.printer)).await?;
        if ended.interrupted {
            return Err(Stop::new(Exit::Interrupted, "interrupted"));
        }
        match failed.into_inner() {
            Some(problem) => Err(Stop::new(problem.exit(), problem)),
            None => Ok(()),
        }
    }

    fn closing(&self) -> Exit {
        self.say(tell::CLOSING);
        Exit::Ok
    }
}
