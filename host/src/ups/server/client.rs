//! A client's connection: cuts what comes into lines, and carries the answers back.

use std::io;
use std::time::Duration;

use komainu_core::wire::nut::{LineBuffer, Refusal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::session::{Answer, Session, Then};
use super::shared::{Encryption, count};

/// A client that says nothing for so long has gone. `upsmon` asks every few seconds.
const SILENCE: Duration = Duration::from_secs(60);
/// So long a client may take for taking an answer, and for TLS.
const PATIENCE: Duration = Duration::from_secs(10);
/// Before the answer to a wrong password.
const PENALTY: Duration = Duration::from_secs(1);
/// What is read at once, in bytes.
const ROOM: usize = 1024;

/// Converses until one of both ends it.
pub(super) async fn serve(mut stream: TcpStream, mut session: Session) {
    let shared = session.shared().clone();
    let said = async {
        if converse(&mut stream, &mut session).await? != Then::Secure {
            return Ok(());
        }
        let (Encryption::Offer(tls) | Encryption::Require(tls)) = &shared.encryption else {
            return Ok(());
        };
        let Ok(Ok(mut stream)) = timeout(PATIENCE, tls.accept(stream)).await else {
            shared.counters.refuse(&shared.counters.not_secured, session.address());
            return Ok(());
        };
        session.secured();
        converse(&mut stream, &mut session).await?;
        // Says that nothing was cut off; nobody need hear it.
        let _ = timeout(PATIENCE, stream.shutdown()).await;
        Ok::<(), io::Error>(())
    };
    // However it has ended, it has ended.
    if let Err(error) = said.await
        && error.kind() == io::ErrorKind::TimedOut
    {
        count(&shared.counters.timed_out);
    }
}

/// Until the conversation ends or goes on in TLS.
async fn converse<S>(stream: &mut S, session: &mut Session) -> io::Result<Then>
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let mut lines = LineBuffer::new();
    let mut room = [0; ROOM];
    loop {
        let len = timeout(SILENCE, stream.read(&mut room)).await??;
        if len == 0 {
            return Ok(Then::Close);
        }
        let mut bytes = room.get(..len).unwrap_or_default();
        while let Some(line) = lines.next(&mut bytes) {
            let mut answer = Answer::new();
            let then = match line {
                Ok(line) => session.hear(line, &mut answer),
                Err(_) => session.garbled(Refusal::TooLong, &mut answer),
            };
            if then == Then::Denied {
                sleep(PENALTY).await;
            }
            timeout(PATIENCE, stream.write_all(answer.bytes())).await??;
            timeout(PATIENCE, stream.flush()).await??;
            match then {
                Then::GoOn => {}
                // Words in the clear behind the request for TLS would pass as said in it.
                Then::Secure if !bytes.is_empty() => return Ok(Then::Close),
                Then::Secure | Then::Denied | Then::Close => return Ok(then),
            }
        }
    }
}
