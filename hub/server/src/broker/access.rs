//! Who may do what on the embedded broker: decided from the certificate's name, the database, and the topic alone.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use lisiere_wire::{Channel, Label, Topic, filters};
use rmqtt::codec::v5::SubscribeAckReason;
use rmqtt::context::ServerContext;
use rmqtt::hook::{Handler, HookResult, Parameter, Register, ReturnType, Type};
use rmqtt::types::{AuthResult, ConnectInfo, Id, PublishAclResult, SubscribeAclResult};

use crate::events;
use crate::pki::HUB_NAME;
use crate::store::{Store, appliance};

/// How long a revoked appliance that is connected may go on.
const FORGET: Duration = Duration::from_secs(3);

/// Installs the access rules; from here on, what no rule allows is refused.
pub(super) async fn register(context: &ServerContext, store: Store) {
    let hooks: Box<dyn Register> = context.extends.hook_mgr().register();
    let access = Access {
        store,
        members: Arc::default(),
    };
    for kind in [
        Type::ClientAuthenticate,
        Type::MessagePublishCheckAcl,
        Type::ClientSubscribeCheckAcl,
    ] {
        hooks.add(kind, Box::new(access.clone())).await;
    }
    hooks.start().await;
    tokio::spawn(end_revoked(context.clone(), access));
}

/// Ends the connections of appliances that were revoked while connected; as long as the process, like the broker.
async fn end_revoked(context: ServerContext, access: Access) {
    loop {
        tokio::time::sleep(FORGET).await;
        let revoked = async { appliance::revoked(&mut *access.store.read().await?).await };
        // A database that does not answer is told about elsewhere; what a revoked appliance sends is set aside anyway.
        let revoked: Result<_, crate::store::Error> = revoked.await;
        for name in revoked.unwrap_or_default() {
            // Its topics first: from here on nothing of it gets through.
            let Some(member) = access.forget(&name) else {
                continue;
            };
            let entry = context.extends.shared().await.entry(member.connection);
            let ended = async { entry.try_lock().await?.kick(true, true, true).await };
            events::broker_ended(&name, ended.await.is_ok());
        }
    }
}

/// An appliance that joined.
#[derive(Clone)]
struct Member {
    /// Its site, as the database had it when it joined.
    site: Label,
    connection: Id,
}

type Members = RwLock<HashMap<String, Member>>;

#[derive(Clone)]
struct Access {
    store: Store,
    members: Arc<Members>,
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait's macro tells the lifetimes apart by their absence"
)]
#[async_trait]
impl Handler for Access {
    async fn hook(&self, parameter: &Parameter, before: Option<HookResult>) -> ReturnType {
        match parameter {
            Parameter::ClientAuthenticate(client) => {
                let answer = match self.admit(client).await {
                    Ok(is_hub) => AuthResult::Allow(is_hub, None),
                    Err(reason) => {
                        events::broker_refused(name_of(client), reason);
                        AuthResult::NotAuthorized
                    }
                };
                (false, Some(HookResult::AuthResult(answer)))
            }
            Parameter::MessagePublishCheckAcl(session, publish) => {
                let name = session
                    .username()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let answer = if self.may_publish(&name, &publish.topic) {
                    PublishAclResult::allow()
                } else {
                    events::broker_refused(&name, "publishing under a topic that is not its own");
                    PublishAclResult::rejected(false, None)
                };
                (false, Some(HookResult::PublishAclResult(answer)))
            }
            Parameter::ClientSubscribeCheckAcl(session, subscribe) => {
                let name = session
                    .username()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let answer = if self.may_subscribe(&name, &subscribe.topic_filter) {
                    SubscribeAclResult::new_success(subscribe.opts.qos(), None)
                } else {
                    events::broker_refused(&name, "subscribing to topics that are not its own");
                    SubscribeAclResult::new_failure(SubscribeAckReason::NotAuthorized)
                };
                (false, Some(HookResult::SubscribeAclResult(answer)))
            }
            _ => (true, before),
        }
    }
}

impl Access {
    /// Admits a client or says why not. The answer tells whether it is a hub.
    async fn admit(&self, client: &ConnectInfo) -> Result<bool, &'static str> {
        // Under MQTT 3 a refused message would look accepted to its sender.
        let ConnectInfo::V5(_, connect) = client else {
            return Err("only MQTT 5 is spoken here");
        };
        let certificate = connect.cert.as_ref().ok_or("no certificate")?;
        let name = certificate
            .common_name
            .as_deref()
            .ok_or("no name in the certificate")?;
        if name == HUB_NAME {
            return Ok(true);
        }
        if client.client_id().as_ref() as &str != name {
            // Otherwise one appliance could end the session of another.
            return Err("the MQTT client name is not the certificate's name");
        }
        let serial = certificate
            .serial
            .as_deref()
            .unwrap_or_default()
            .trim_start_matches('0');
        let site = self.site_of(name, serial).await?;
        if let Some(will) = connect.last_will.as_ref()
            && !owns(&site, name, &will.topic)
        {
            return Err("the last will is for a topic that is not its own");
        }
        let member = Member {
            site,
            connection: client.id().clone(),
        };
        self.members
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), member);
        Ok(false)
    }

    fn forget(&self, name: &str) -> Option<Member> {
        self.members
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name)
    }

    async fn site_of(&self, name: &str, serial: &str) -> Result<Label, &'static str> {
        let looked_up = async {
            let mut connection = self.store.read().await?;
            appliance::admitted(&mut connection, name, serial).await
        };
        let site = looked_up
            .await
            .map_err(|_| "the database does not answer")?;
        let site = site.ok_or("the certificate is revoked or not of an enrolled appliance")?;
        site.parse()
            .map_err(|_| "the appliance's site is not a label")
    }

    fn site(&self, name: &str) -> Option<Label> {
        self.members
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .map(|member| member.site.clone())
    }

    fn may_publish(&self, name: &str, topic: &str) -> bool {
        self.site(name).is_some_and(|site| owns(&site, name, topic))
    }

    fn may_subscribe(&self, name: &str, filter: &str) -> bool {
        let (Some(site), Ok(label)) = (self.site(name), name.parse::<Label>()) else {
            return false;
        };
        if filter == filters::all_down(&site, &label) {
            return true;
        }
        filter.parse::<Topic>().is_ok_and(|topic| {
            matches!(topic.channel, Channel::Down(_))
                && topic.site == site
                && topic.appliance == label
        })
    }
}

/// Is this one of the topics the appliance may publish under?
fn owns(site: &Label, name: &str, topic: &str) -> bool {
    topic.parse::<Topic>().is_ok_and(|topic| {
        matches!(topic.channel, Channel::Up(_))
            && topic.site == *site
            && topic.appliance.as_str() == name
    })
}

fn name_of(client: &ConnectInfo) -> &str {
    client.username().map_or("(no name)", |name| name.as_ref())
}
