//! One session of the simulator: results, controls and questions, with a line of progress for each.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use lisiere_protocol::recognise::Setting;

use super::{
    answer::{Answer, understand},
    arguments::{Place, Rate, Session},
    table::Outcome,
};
use crate::{
    analyzer::{Analyzer, Manner, Tally},
    chance::Dice,
    clock::Stopwatch,
    device::Device,
    faults::Mischief,
    letter::Letter,
    pace::Pace,
    recognition::framing,
    repertoire::{Purpose, Repertoire},
    wait,
};

/// An analyzer that waits for work gives up after this, unless its profile says otherwise.
const ANSWER: Duration = Duration::from_mins(1);
/// Without a profile's word, what most analyzers are set to.
const USUAL_BAUD: u32 = 9600;

/// Plays a session; what came of it is in the outcome even when it failed half-way.
pub(super) async fn play(session: &Session, mut repertoire: Repertoire) -> Result<Outcome> {
    let seed = session.seed.unwrap_or_else(crate::clock::seed);
    let mut dice = Dice::new(seed);
    let (analyzer, line) = open(session, &repertoire, &mut dice).await?;
    println!(
        "{} joue sur {line}, liaison {}, graine {seed}",
        session.profile,
        repertoire.link().kind
    );
    let mut stage = Stage {
        session,
        analyzer,
        outcome: Outcome::default(),
        watch: Stopwatch::start(),
        done: 0,
        all: session.messages,
    };
    let played = if session.query {
        stage.questions(&mut repertoire, &mut dice).await
    } else {
        stage.results(&mut repertoire, &mut dice).await
    };
    stage.outcome.tally = stage.analyzer.book().tally();
    stage.outcome.seconds = stage.watch.seconds();
    stage.outcome.failure = played.err().map(|error| format!("{error:#}"));
    Ok(stage.outcome)
}

/// A pseudo-terminal at a speed behaves as a cable: a box that is set otherwise reads nonsense.
fn wire(session: &Session, rate: Rate, repertoire: &Repertoire) -> Option<Setting> {
    match (&session.place, rate) {
        (Place::Pty(_), Rate::Baud(baud)) => Some(Setting {
            baud,
            framing: framing(repertoire),
        }),
        _ => None,
    }
}

async fn open(
    session: &Session,
    repertoire: &Repertoire,
    dice: &mut Dice,
) -> Result<(Analyzer, String)> {
    let serial = repertoire.driver().profile().transport.serial.as_ref();
    let usual = serial.map_or(USUAL_BAUD, |serial| serial.baud);
    let on_network = matches!(session.place, Place::Connect(_) | Place::Listen(_));
    let rate = session.rate.unwrap_or(if on_network {
        Rate::Unlimited
    } else {
        Rate::Baud(usual)
    });
    let pace = match rate {
        Rate::Baud(baud) => Pace::baud(baud),
        Rate::Unlimited => Pace::unlimited(),
    };
    let manner = Manner {
        link: repertoire.link().clone(),
        pace,
        wire: wire(session, rate, repertoire),
        faults: session.faults,
        haste: session.haste,
        mischief: Mischief::new(Dice::new(dice.bits())),
    };
    let speed = match rate {
        Rate::Baud(baud) => format!(" à {baud} bit/s"),
        Rate::Unlimited => String::new(),
    };
    Ok(match &session.place {
        Place::Device(path) => {
            let baud = match rate {
                Rate::Baud(baud) => baud,
                Rate::Unlimited => usual,
            };
            // The device itself keeps the pace.
            let manner = Manner {
                pace: Pace::unlimited(),
                ..manner
            };
            let device = Device::open(path, baud)?;
            (
                Analyzer::on_device(device, manner),
                format!("{} à {baud} bit/s", path.display()),
            )
        }
        Place::Pty(path) => (
            Analyzer::on_serial(path, manner)?,
            format!("{}{speed}", path.display()),
        ),
        Place::Connect(address) => (
            Analyzer::connecting(*address, manner),
            format!("{address}{speed}"),
        ),
        Place::Listen(address) => {
            let (analyzer, at) = Analyzer::listening_at(*address, manner).await?;
            (analyzer, format!("{at} (en attente du boîtier){speed}"))
        }
    })
}

struct Stage<'s> {
    session: &'s Session,
    analyzer: Analyzer,
    outcome: Outcome,
    watch: Stopwatch,
    done: usize,
    all: usize,
}

impl Stage<'_> {
    /// Results with controls between them.
    async fn results(&mut self, repertoire: &mut Repertoire, dice: &mut Dice) -> Result<()> {
        if repertoire.count(Purpose::Results) == 0 {
            bail!(
                "les messages d'essai du pilote {} n'ont pas de résultat de patient",
                self.session.profile
            );
        }
        let has_controls = repertoire.count(Purpose::Control) > 0;
        let controls = match self.session.controls {
            Some(wanted) if wanted > 0 && !has_controls => {
                bail!(
                    "les messages d'essai du pilote {} n'ont pas de contrôle",
                    self.session.profile
                )
            }
            Some(wanted) => wanted,
            None if has_controls => self.session.messages / 10,
            None => 0,
        };
        self.all += controls;
        let mut left = controls;
        for index in 0..self.session.messages {
            let number = self.session.specimens.get(index).map(String::as_str);
            let said = repertoire.say(Purpose::Results, number, dice)?;
            let letter = said.ok_or_else(|| anyhow!("aucun message"))?;
            self.send(letter, "résultats").await?;
            let due = controls * (index + 1) / self.session.messages.max(1);
            while controls - left < due {
                left -= 1;
                self.control(repertoire, dice).await?;
            }
        }
        while left > 0 {
            left -= 1;
            self.control(repertoire, dice).await?;
        }
        Ok(())
    }

    async fn control(&mut self, repertoire: &mut Repertoire, dice: &mut Dice) -> Result<()> {
        if let Some(letter) = repertoire.say(Purpose::Control, None, dice)? {
            self.outcome.controls += 1;
            self.send(letter, "contrôle").await?;
        }
        Ok(())
    }

    /// For each tube: the question, the answer, and the results of what was ordered.
    async fn questions(&mut self, repertoire: &mut Repertoire, dice: &mut Dice) -> Result<()> {
        if repertoire.count(Purpose::Question) == 0 {
            bail!(
                "les messages d'essai du pilote {} n'ont pas de question",
                self.session.profile
            );
        }
        for index in 0..self.session.messages {
            let number = self.session.specimens.get(index).map(String::as_str);
            let said = repertoire.say(Purpose::Question, number, dice)?;
            let letter = said.ok_or_else(|| anyhow!("aucun message"))?;
            let tube = letter.name.clone();
            let heard = self.analyzer.book().heard(0).len();
            self.send(letter, "question").await?;
            self.outcome.questions += 1;
            let asked = Stopwatch::start();
            match self.answer(heard, repertoire).await {
                Some(Answer::Orders(tests)) => {
                    self.outcome.answers += 1;
                    println!(
                        "         {tube}  {} analyses demandées en {} ms : {}",
                        tests.len(),
                        asked.millis(),
                        tests.join(" ")
                    );
                    if let Some(letter) = repertoire.say(Purpose::Results, Some(&tube), dice)? {
                        self.all += 1;
                        self.send(letter, "résultats").await?;
                    }
                }
                Some(_) => {
                    self.outcome.nothing += 1;
                    println!("         {tube}  rien à faire ({} ms)", asked.millis());
                }
                None => println!("         {tube}  aucune réponse"),
            }
        }
        if self.outcome.answers + self.outcome.nothing < self.outcome.questions {
            bail!(
                "des questions sont restées sans réponse : le boîtier a-t-il la liste de travail ?"
            );
        }
        Ok(())
    }

    /// Waits for the host to say what to do.
    async fn answer(&self, mut heard: usize, repertoire: &Repertoire) -> Option<Answer> {
        let rule = repertoire.driver().profile().query.as_ref();
        let limit = rule.and_then(|rule| rule.answer_within_seconds);
        let limit = limit.map_or(ANSWER, |seconds| Duration::from_secs(seconds.into()));
        let book = self.analyzer.book();
        let answered = wait::until("réponse", limit, async || {
            let fresh = book.heard(heard);
            heard += fresh.len();
            let mut answers = fresh.iter().map(|text| understand(text));
            Ok(answers.find(|answer| *answer != Answer::Other))
        });
        answered.await.ok()
    }

    /// Sends one message and waits until the appliance has taken it.
    async fn send(&mut self, letter: Letter, what: &str) -> Result<()> {
        let (name, observations) = (letter.name.clone(), letter.observations);
        self.analyzer.load([letter]);
        let patience = self.session.patience;
        let mut last = self.analyzer.book().tally();
        let mut since = Stopwatch::start();
        let book = self.analyzer.book();
        loop {
            let emptied =
                wait::until_true("accord", Duration::from_millis(500), || book.is_empty());
            if emptied.await.is_ok() {
                break;
            }
            let now = book.tally();
            if now != last {
                (last, since) = (now, Stopwatch::start());
            }
            if since.elapsed() > patience {
                return Err(silence(&now)).with_context(|| format!("{what} {name}"));
            }
        }
        self.done += 1;
        println!(
            "{:>4}/{:<4}{name:<16} {what:<10} {observations:>3} résultats  accepté",
            self.done, self.all
        );
        Ok(())
    }
}

fn silence(tally: &Tally) -> anyhow::Error {
    let why = if tally.aborted > 0 || tally.refusals > 0 {
        format!(
            "refusé {} fois, {} essais abandonnés : le boîtier a-t-il le bon pilote sur ce port, et de la place ?",
            tally.refusals, tally.aborted
        )
    } else {
        "personne ne répond : le boîtier est-il en marche et le port est-il le bon ?".to_owned()
    };
    anyhow!("pas d'accord du boîtier ; {why}")
}
