//! Starting the hub: folders, authority, database, doors, tasks; then waiting until it should stop.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::supervise::Supervisor;
use super::{App, Shutdown};
use crate::broker::Broker as EmbeddedBroker;
use crate::clock::Clock;
use crate::enrol::place;
use crate::ingest::BrokerAccess;
use crate::pki::{Pki, tls};
use crate::settings::{Broker, HostPort, Settings};
use crate::store::Store;
use crate::{command, enrol, events, ingest, laboratory, web, worklist};

/// Runs the hub until it is told to stop (SIGTERM or SIGINT).
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let run_folder = settings.data.join("run");
    let make = |folder: &Path| {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("making the folder {}", folder.display()))
    };
    make(&settings.data)?;
    make(&run_folder)?;
    let _lock = lock(&run_folder)?;
    let clock = Clock::system();
    let pki = Pki::open(&settings.pki, &place::names(&settings), clock.now_micros())
        .context("opening the certification authority")?;
    let store = Store::open(&settings.database, clock.now_micros()).await?;
    let app = App::new(store, settings, clock);
    let (stop, shutdown) = Shutdown::new();
    let mut tasks = Supervisor::new(shutdown.clone());

    let broker = start_broker(&app, &pki, &run_folder, &mut tasks).await?;
    start_ingest(&app, &broker, &mut tasks);
    start_commands(&app, &broker, &pki, &mut tasks);
    start_enrolment(&app, &pki, &broker, &run_folder, &mut tasks)?;
    start_web(&app, &run_folder, &mut tasks)?;
    let worker = (app.clone(), shutdown.clone());
    tasks.keep("laboratory", move || {
        let (app, shutdown) = worker.clone();
        async move {
            laboratory::worker::run(app, shutdown).await;
            Ok(())
        }
    });

    let keeper = (app.clone(), shutdown.clone());
    tasks.keep("worklist", move || {
        let (app, shutdown) = keeper.clone();
        async move {
            worklist::run(app, shutdown).await;
            Ok(())
        }
    });

    // Outside systemd there is nobody to tell.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    let watchdog = tokio::spawn(pet_watchdog());
    wait_for_signal().await?;
    watchdog.abort();
    events::stopping();
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    let _ = stop.send(true);
    tasks.finish().await;
    app.store.close().await;
    for name in ["web.addr", "enrol.addr", "broker.addr"] {
        // A file that is gone already is what we want.
        let _ = std::fs::remove_file(run_folder.join(name));
    }
    Ok(())
}

/// Two hubs in one folder would share a SQLite file and its ports by mistake.
fn lock(run_folder: &Path) -> anyhow::Result<File> {
    let path = run_folder.join("lock");
    let file = File::create(&path).with_context(|| format!("opening {}", path.display()))?;
    if file.try_lock().is_err() {
        bail!(
            "another lisiere-hub runs in this folder: stop it, or give this one its own with --data"
        );
    }
    Ok(file)
}

async fn start_broker(
    app: &App,
    pki: &Pki,
    run_folder: &Path,
    tasks: &mut Supervisor,
) -> anyhow::Result<Place> {
    match &app.settings.broker {
        Broker::Embedded { listen } => {
            let broker = EmbeddedBroker::open(*listen, pki, app.store.clone()).await?;
            let address = broker.address();
            write_address(run_folder, "broker.addr", address)?;
            let broker = std::sync::Arc::new(broker);
            tasks.endless("broker", move || {
                let broker = std::sync::Arc::clone(&broker);
                async move { broker.run().await.context("the embedded broker") }
            });
            let (certificate, key) = pki.client();
            let near = if address.ip().is_unspecified() {
                "localhost".to_owned()
            } else {
                address.ip().to_string()
            };
            Ok(Place {
                advertised: place::reachable(app.settings.broker_advertise.as_ref(), address),
                access: BrokerAccess {
                    place: HostPort {
                        host: near,
                        port: address.port(),
                    },
                    ca: pki.ca(),
                    certificate,
                    key,
                },
            })
        }
        Broker::External {
            place,
            ca,
            identity,
        } => {
            let (certificate, key) = identity.clone().unwrap_or_else(|| pki.client());
            let ca = ca.clone().unwrap_or_else(|| pki.ca());
            Ok(Place {
                advertised: app
                    .settings
                    .broker_advertise
                    .clone()
                    .unwrap_or_else(|| place.clone()),
                access: BrokerAccess {
                    place: place.clone(),
                    ca,
                    certificate,
                    key,
                },
            })
        }
    }
}

/// The broker as appliances reach it, and as the hub does.
struct Place {
    advertised: HostPort,
    access: BrokerAccess,
}

fn start_ingest(app: &App, broker: &Place, tasks: &mut Supervisor) {
    let (app, access, shutdown) = (app.clone(), broker.access.clone(), tasks.shutdown());
    tasks.keep("ingest", move || {
        let (app, access, shutdown) = (app.clone(), access.clone(), shutdown.clone());
        async move { ingest::run(app, access, shutdown).await.context("ingest") }
    });
}

fn start_commands(app: &App, broker: &Place, pki: &Pki, tasks: &mut Supervisor) {
    let (app, access, pki) = (app.clone(), broker.access.clone(), pki.clone());
    let shutdown = tasks.shutdown();
    tasks.keep("commands", move || {
        let (app, access) = (app.clone(), access.clone());
        let (pki, shutdown) = (pki.clone(), shutdown.clone());
        async move {
            command::run(app, access, pki, shutdown)
                .await
                .context("commands")
        }
    });
}

fn start_enrolment(
    app: &App,
    pki: &Pki,
    broker: &Place,
    run_folder: &Path,
    tasks: &mut Supervisor,
) -> anyhow::Result<()> {
    let (listener, address) = listen(app.settings.enrol_listen, "enrol")?;
    write_address(run_folder, "enrol.addr", address)?;
    let config = tls::enrolment(pki).context("the enrolment door")?;
    let (app, pki, broker) = (app.clone(), pki.clone(), broker.advertised.clone());
    let shutdown = tasks.shutdown();
    tasks.keep("enrol", move || {
        let (app, pki, broker) = (app.clone(), pki.clone(), broker.clone());
        let (config, shutdown, listener) = (config.clone(), shutdown.clone(), listener.try_clone());
        async move {
            let listener = TcpListener::from_std(listener?)?;
            enrol::serve(app, pki, broker, config, listener, shutdown)
                .await
                .context("the enrolment door")
        }
    });
    Ok(())
}

fn start_web(app: &App, run_folder: &Path, tasks: &mut Supervisor) -> anyhow::Result<()> {
    let (listener, address) = listen(app.settings.web_listen, "web")?;
    write_address(run_folder, "web.addr", address)?;
    let (app, shutdown) = (app.clone(), tasks.shutdown());
    tasks.keep("web", move || {
        let (app, shutdown, listener) = (app.clone(), shutdown.clone(), listener.try_clone());
        async move { web::serve(app, TcpListener::from_std(listener?)?, shutdown).await }
    });
    events::web_ready(address);
    Ok(())
}

/// Opens a door. The socket outlives the task that serves it, so a task that is started again finds it open.
fn listen(
    address: SocketAddr,
    section: &str,
) -> anyhow::Result<(std::net::TcpListener, SocketAddr)> {
    let open = || -> std::io::Result<_> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    open().with_context(|| {
        format!(
            "listening on {address}: choose another address under [{section}] listen in hub.toml"
        )
    })
}

/// Tells other programs where the hub listens: written whole, after the door is open.
fn write_address(run_folder: &Path, name: &str, address: SocketAddr) -> anyhow::Result<()> {
    let file: PathBuf = run_folder.join(name);
    let partial = file.with_extension("partial");
    std::fs::write(&partial, address.to_string())
        .and_then(|()| std::fs::rename(&partial, &file))
        .with_context(|| format!("writing {}", file.display()))
}

/// Tells systemd that the hub is alive, as often as it wants to hear it.
async fn pet_watchdog() {
    let Some(period) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut tick = tokio::time::interval(period.div_f32(2.0));
    loop {
        tick.tick().await;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
    }
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
