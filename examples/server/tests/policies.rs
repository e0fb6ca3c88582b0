//! The policies of a folder, which change while a server runs.

use std::time::Duration;

use crate::support::{EVALUATION, FALSE, Folder, RECORDS, Server, TRUE, question, until};
use vedtak_server::options::{MappingName, Options};
use vedtak_server::service::Service;

#[tokio::test]
async fn policies_follow_the_folder() {
    let folder = Folder::new();
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_millis(20);
    let server = Server::start(options).await;
    let ready = server.get("/ready").await;
    assert_eq!((ready.status, &ready.json()["ready"]), (503, &false.into()));
    assert_eq!(server.get("/health").await.status, 200);

    let asked = question("alice", "read");
    let becomes = async |expected: &str| {
        let is_so = async || server.post(EVALUATION, &asked).await.body == expected;
        until(expected, is_so).await;
    };
    // Written piece by piece, as a slow copy is: no half of it decides, and no half of it is lost.
    let (first, rest) = RECORDS.split_at(RECORDS.len() / 2);
    folder.write("records.xml", first);
    until("refused", async || {
        server.get("/ready").await.json()["refused"] == 1
    })
    .await;
    assert_eq!(server.post(EVALUATION, &asked).await.body, FALSE);
    folder.write("records.xml", &format!("{first}{rest}"));
    becomes(TRUE).await;
    let now = server.get("/ready").await.json();
    assert_eq!((&now["policies"], &now["version"]), (&1.into(), &1.into()));

    std::fs::remove_file(folder.0.join("records.xml")).expect("it can be removed");
    becomes(FALSE).await;
}

#[tokio::test]
async fn damaged_files_stay_what_they_were() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_secs(3_600);
    let server = Server::start(options).await;
    let asked = question("alice", "read");
    let version = server.get("/ready").await.json();
    for damaged in ["", "<Policy", &RECORDS[..RECORDS.len() / 2]] {
        folder.write("records.xml", damaged);
        server.service.sync();
        assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
    }
    let now = server.get("/ready").await.json();
    assert_eq!(now["refused"], 1);
    assert_eq!(now["digest"], version["digest"]);
    // One that cannot be read at all stays too, and keeps no other from being followed.
    std::fs::remove_file(folder.0.join("records.xml")).expect("it can be removed");
    std::fs::create_dir(folder.0.join("records.xml")).expect("it can be made");
    let other = RECORDS.replace("PolicyId=\"", "PolicyId=\"other-");
    folder.write("OTHER.XML", &other);
    server.service.sync();
    assert_eq!(server.get("/ready").await.json()["policies"], 2);
    std::fs::remove_dir(folder.0.join("records.xml")).expect("it can be removed");
    std::fs::remove_file(folder.0.join("OTHER.XML")).expect("it can be removed");
    server.service.sync();
    assert_eq!(server.post(EVALUATION, &asked).await.body, FALSE);

    let metrics = server.get("/metrics").await;
    assert!(metrics.kind().starts_with("application/openmetrics-text"));
    let metrics = metrics.body;
    for expected in [
        r#"vedtak_decisions_total{decision="Permit"} "#,
        r#"vedtak_http_requests_total{path="/access/v1/evaluation",status="200"} "#,
        "vedtak_engine_seconds_bucket{le=\"0.0001\"} ",
        "vedtak_policy_refusals_total ",
        "vedtak_policy_version 3",
        "# EOF",
    ] {
        assert!(metrics.contains(expected), "{expected}: {metrics}");
    }
}

/// A file that takes the id of a policy that decides is refused, whatever it is called. Where such files
/// are there at the start, none of them decides by chance.
#[tokio::test]
async fn what_is_refused_never_lets_another_decide_alone() {
    let folder = Folder::new().with("m.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_secs(3_600);
    let asked = question("alice", "read");
    let server = Server::start(options.clone()).await;
    let other = RECORDS.replace(">read<", ">look<");
    for name in ["a.xml", "z.xml"] {
        folder.write(name, &other);
        server.service.sync();
        assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE, "{name}");
        let ready = server.get("/ready").await;
        assert_eq!((ready.status, &ready.json()["refused"]), (200, &1.into()));
        let metrics = server.get("/metrics").await.body;
        assert!(metrics.contains("vedtak_policies_refused 1\n"), "{metrics}");

        let refused = Service::new(options.clone()).err().expect("it is refused");
        let refused = refused.to_string();
        assert!(refused.contains("2 refused in"), "{refused}");
        for (one, another) in [(name, "m.xml"), ("m.xml", name)] {
            let why = format!("{one}: `{another}` has the id `");
            assert!(refused.contains(&why), "{refused}");
        }
        options.deciding.start_with_refused = true;
        let careless = Server::start(options.clone()).await;
        let ready = careless.get("/ready").await;
        assert_eq!((ready.status, &ready.json()["refused"]), (503, &2.into()));
        assert_eq!(ready.json()["policies"], 0);
        assert_eq!(careless.post(EVALUATION, &asked).await.body, FALSE);
        std::fs::remove_file(folder.0.join(name)).expect("it can be removed");
        careless.service.sync();
        assert_eq!(careless.get("/ready").await.status, 200);
        assert_eq!(careless.post(EVALUATION, &asked).await.body, TRUE);
        options.deciding.start_with_refused = false;
    }
    folder.write("m.xml", "<Policy");
    assert!(Service::new(options).is_err());
}

/// What is removed decides by itself no more: a part stays for those that refer to it, is told as refused, and
/// is gone with the last of them. Where the library is gone, renamed or no folder, its parts are.
#[tokio::test]
async fn what_is_removed_decides_only_where_others_refer_to_it() {
    let id = RECORDS.split("PolicyId=\"").nth(1).expect("it has an id");
    let id = id.split('"').next().expect("it ends");
    let set = |target: &str| {
        format!(
            r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="set" Version="1.0"
            PolicyCombiningAlgId="urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides">{target}
            <PolicyIdReference>{id}</PolicyIdReference></PolicySet>"#
        )
    };
    let target = RECORDS.split("<Target>").nth(1).expect("it has a target");
    let target = target.split("</Target>").next().expect("it ends");
    let elsewhere = target.replace(">record<", ">letter<");
    let folder = Folder::new().with("records.xml", RECORDS);
    folder.write("set.xml", &set(&format!("<Target>{elsewhere}</Target>")));
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_secs(3_600);
    let server = Server::start(options).await;
    let asked = question("alice", "read");
    assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
    let digest = server.get("/ready").await.json()["digest"].clone();
    std::fs::remove_file(folder.0.join("records.xml")).expect("it can be removed");
    for _ in 0..2 {
        server.service.sync();
        assert_eq!(server.post(EVALUATION, &asked).await.body, FALSE);
        let now = server.get("/ready").await.json();
        assert_eq!((&now["refused"], &now["policies"]), (&1.into(), &1.into()));
        assert_eq!(now["version"], 2);
        assert_ne!(now["digest"], digest);
    }
    let version = server.service.version();
    let told = &version.refused[0];
    assert!(
        told.contains("from now on it decides only where") || told.contains("stays as it is"),
        "{told}"
    );
    let part = version.documents.iter().find(|one| one.id == id);
    assert_eq!(&*part.expect("it is there").bytes, RECORDS.as_bytes());
    // Another policy in the file: both have their texts.
    let other = RECORDS.replace("PolicyId=\"", "PolicyId=\"other-");
    folder.write("records.xml", &other);
    server.service.sync();
    let version = server.service.version();
    let texts = version.documents.iter().map(|one| &*one.bytes);
    let texts: Vec<&[u8]> = texts.collect();
    assert!(texts.contains(&RECORDS.as_bytes()) && texts.contains(&other.as_bytes()));
    std::fs::remove_file(folder.0.join("records.xml")).expect("it can be removed");
    std::fs::remove_file(folder.0.join("set.xml")).expect("it can be removed");
    server.service.sync();
    let now = server.get("/ready").await.json();
    assert_eq!((&now["refused"], &now["policies"]), (&0.into(), &0.into()));

    // The library.
    let library = folder.0.join("library");
    std::fs::create_dir(&library).expect("it can be made");
    folder.write("library/records.xml", RECORDS);
    folder.write("set.xml", &set("<Target/>"));
    server.service.sync();
    assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
    std::fs::rename(&library, folder.0.join("lib")).expect("it can be renamed");
    for _ in 0..2 {
        server.service.sync();
        assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
        assert_eq!(server.get("/ready").await.json()["refused"], 1);
        std::fs::write(&library, "no folder").expect("it can be written");
    }
    std::fs::remove_file(folder.0.join("set.xml")).expect("it can be removed");
    server.service.sync();
    assert!(server.service.version().documents.is_empty());
}

/// Two servers with one digest decide alike: it has the settings that change answers.
#[tokio::test]
async fn the_digest_has_the_settings_that_change_answers() {
    let folder = Folder::new().with("records.xml", RECORDS);
    let plain = Options::of(&folder.0);
    let (mut zone, mut work, mut mapping) = (plain.clone(), plain.clone(), plain.clone());
    zone.deciding.zone = Some("Europe/Oslo".into());
    work.deciding.work = 1_000;
    mapping.mapping = MappingName::Standard;
    let mut utc = plain.clone();
    utc.deciding.zone = Some("UTC".into());
    let digest = |options: &Options| {
        let service = Service::new(options.clone()).expect("the settings are good");
        service.version().digest.clone()
    };
    let all = [&plain, &zone, &work, &mapping].map(digest);
    let different: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(different.len(), 4);
    assert_eq!(digest(&utc), all[0]);
}

/// Policies of the library decide only where others refer to them.
#[tokio::test]
async fn a_library_decides_only_where_it_is_referred_to() {
    let id = RECORDS.split("PolicyId=\"").nth(1).expect("it has an id");
    let id = id.split('"').next().expect("it ends");
    let set = format!(
        r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="set" Version="1.0"
            PolicyCombiningAlgId="urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides"><Target/>
            <PolicyIdReference>{id}</PolicyIdReference></PolicySet>"#
    );
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("library")).expect("it can be made");
    folder.write("library/records.xml", RECORDS);
    let server = Server::of(&folder).await;
    let asked = question("alice", "read");
    assert_eq!(server.post(EVALUATION, &asked).await.body, FALSE);
    folder.write("set.xml", &set);
    server.service.sync();
    assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
    let digest = server.get("/ready").await.json()["digest"].clone();
    std::fs::rename(folder.0.join("library/records.xml"), folder.0.join("r.xml"))
        .expect("it is moved");
    server.service.sync();
    assert_ne!(server.get("/ready").await.json()["digest"], digest);
}

/// A release that is put in place by renaming a link is seen as a whole.
#[tokio::test]
async fn a_folder_may_be_a_link() {
    use std::os::unix::fs::symlink;
    let (first, second) = (Folder::new().with("records.xml", RECORDS), Folder::new());
    let place = Folder::new();
    let (link, next) = (place.0.join("policies"), place.0.join("next"));
    symlink(&first.0, &link).expect("a link can be made");
    let server = Server::start(Options::of(&link)).await;
    let body = question("alice", "read");
    assert_eq!(server.post(EVALUATION, &body).await.body, TRUE);
    symlink(&second.0, &next).expect("a link can be made");
    std::fs::rename(&next, &link).expect("it can be renamed");
    server.service.sync();
    assert_eq!(server.post(EVALUATION, &body).await.body, FALSE);
}

/// A policy that is renamed and broken at once decides on, whatever it is called; nothing else that is removed
/// does, and neither does it once the new file is mended or gone.
#[tokio::test]
async fn what_is_renamed_and_broken_decides_on() {
    let id_of = |of: &str| RECORDS.replace("PolicyId=\"", &format!("PolicyId=\"{of}-"));
    // One that denies everybody.
    let start = RECORDS.find("<Target>").expect("it has a target");
    let deny = format!(
        "{}<Target/><Rule RuleId=\"no\" Effect=\"Deny\"/></Policy>",
        &id_of("deny")[..start + "deny-".len()]
    );
    let folder = Folder::new().with("a.xml", RECORDS).with("b.xml", &deny);
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_secs(3_600);
    let server = Server::start(options).await;
    let asked = question("alice", "read");
    let remove = |name: &str| std::fs::remove_file(folder.0.join(name)).expect("it is there");
    let is = async |answer: &str, kept: usize, refused: usize, what: &str| {
        for _ in 0..2 {
            server.service.sync();
            assert_eq!(server.post(EVALUATION, &asked).await.body, answer, "{what}");
            let ready = server.get("/ready").await.json();
            let counts = (&ready["kept"], &ready["refused"]);
            assert_eq!(counts, (&kept.into(), &refused.into()), "{what}: {ready}");
        }
    };
    is(FALSE, 0, 0, "whole").await;
    let version = server.get("/ready").await.json()["version"].clone();
    let unknown = deny.replace("Effect=\"Deny\"", "Effect=\"Deny\" Cause=\"none\"");
    let function = "<Condition><Apply FunctionId=\"none\"/></Condition></Rule>";
    let uncompiled = deny.replace("Effect=\"Deny\"/>", &format!("Effect=\"Deny\">{function}"));
    for broken in ["", &deny[..deny.len() / 2], &unknown, &uncompiled] {
        folder.write("c.xml", broken);
        remove("b.xml");
        is(FALSE, 1, 2, broken).await;
        let told = &server.service.version().refused[1];
        assert!(
            told.starts_with("b.xml: it is gone, and decides on"),
            "{told}"
        );
        // Another that is broken, and is not it, keeps nothing.
        folder.write("b.xml", &deny);
        is(FALSE, 0, 1, broken).await;
        remove("c.xml");
        is(FALSE, 0, 0, broken).await;
    }
    assert_eq!(server.get("/ready").await.json()["version"], version);
    // It may have taken the place of another, which stays what it was.
    folder.write("a.xml", &deny[..deny.len() / 2]);
    remove("b.xml");
    is(FALSE, 1, 2, "in place of another").await;
    folder.write("a.xml", RECORDS);
    is(TRUE, 0, 0, "mended").await;
    folder.write("b.xml", &deny);
    is(FALSE, 0, 0, "denied again").await;
    // What was broken before is none that is renamed now.
    folder.write("c.xml", "<Policy");
    is(FALSE, 0, 1, "broken before").await;
    remove("b.xml");
    is(TRUE, 0, 1, "removed").await;
    remove("c.xml");
    folder.write("b.xml", &deny);
    is(FALSE, 0, 0, "there again").await;
    folder.write("c.xml", &uncompiled.replace("deny-", "other-"));
    remove("b.xml");
    is(TRUE, 0, 1, "another id").await;
    folder.write("c.xml", RECORDS);
    folder.write("b.xml", &deny);
    is(FALSE, 0, 1, "a copy").await;
    remove("c.xml");
    is(FALSE, 0, 0, "no copy").await;
    folder.write("c.xml", RECORDS);
    remove("b.xml");
    is(TRUE, 0, 1, "a new copy").await;
    folder.write("b.xml", &deny);
    remove("c.xml");
    is(FALSE, 0, 0, "back").await;
    // Renamed and broken, and then mended, or gone.
    for (mended, answer) in [(&*deny, FALSE), ("", TRUE)] {
        folder.write("b.xml", &deny);
        is(FALSE, 0, 0, "before").await;
        folder.write("c.xml", "<Policy");
        remove("b.xml");
        is(FALSE, 1, 2, "broken").await;
        match mended {
            "" => remove("c.xml"),
            mended => folder.write("c.xml", mended),
        }
        is(answer, 0, 0, "after").await;
        let _ = std::fs::remove_file(folder.0.join("c.xml"));
    }
}

/// What cannot be read is refused for the reason, each by its own name.
#[tokio::test]
async fn what_cannot_be_read_is_told() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new().with("a.xml", RECORDS);
    let mut options = Options::of(&folder.0);
    options.follow_every = Duration::from_secs(3_600);
    let server = Server::start(options).await;
    for name in ["x.xml", "y.xml"] {
        std::fs::create_dir(folder.0.join(name)).expect("it can be made");
    }
    for name in [&b"\xfe.xml"[..], b"\xff.xml"] {
        let path = folder.0.join(OsStr::from_bytes(name));
        std::fs::write(path, RECORDS).expect("it can be written");
    }
    std::fs::remove_file(folder.0.join("a.xml")).expect("it can be removed");
    server.service.sync();
    let version = server.service.version();
    let refused: Vec<&str> = version.refused.iter().map(|told| &**told).collect();
    let expected = [
        "\"\\xFE.xml\": it cannot be read: its name is not UTF-8",
        "\"\\xFF.xml\": it cannot be read: its name is not UTF-8",
        "x.xml: it cannot be read: it is no file",
        "y.xml: it cannot be read: it is no file",
    ];
    assert_eq!(refused[1..], expected);
    assert!(refused[0].starts_with("a.xml: it is gone"), "{refused:?}");
    let asked = question("alice", "read");
    assert_eq!(server.post(EVALUATION, &asked).await.body, TRUE);
}
