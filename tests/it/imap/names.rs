//! Names of folders, as they come and as they go.

use super::{meet, noop};
use tradepost::mailbox::imap::ImapError;

#[tokio::test]
async fn a_name_goes_back_as_it_came() {
    let (_server, mut connection) = meet("IMAP4rev1", |mut talk| async move {
        let listed = "* LIST () \"/\" \"a b&-c\"\r\n* LIST () \"/\" \"q\\\"x\"\r\n* LIST () \"/\" {4}\r\nq\"\\x\r\n* LIST () \"/\" \"back\\\\slash\"\r\n\
                      * LIST () \"/\" &XfJT0ZAB-\r\n* LIST () \"/\" {9}\r\n已发送\r\n* LIST () \"/\" {18}\r\nx\r\nT9 DELETE INBOX\r\n";
        let tag = talk.expect("LIST").await;
        talk.say(&format!("{listed}{tag} OK\r\n")).await;
        for selected in [r#""a b&-c""#, r#""q\"x""#, r#""q\"\\x""#, r#""back\\slash""#, r#""&XfJT0ZAB-""#] {
            talk.answer(&format!("EXAMINE {selected}"), "* 0 EXISTS\r\n").await;
        }
        for literal in ["已发送", "x\r\nT9 DELETE INBOX"] {
            let tag = talk.expect(&format!("EXAMINE {{{}}}", literal.len())).await;
            talk.say("* 7 EXISTS\r\n+ go on\r\n").await;
            assert_eq!(talk.bytes(literal.len() + 2).await, format!("{literal}\r\n").as_bytes());
            talk.say(&format!("* 0 EXISTS\r\n{tag} OK\r\n")).await;
        }
    })
    .await;
    let names: Vec<String> = connection.list().await.expect("all can be read").into_iter().map(|folder| folder.wire_name).collect();
    assert_eq!(names, ["a b&-c", r#"q"x"#, r#"q"\x"#, r"back\slash", "&XfJT0ZAB-", "已发送", "x\r\nT9 DELETE INBOX"]);
    for name in names {
        let selected = connection.examine(&name).await.expect("the server knows its own name");
        assert_eq!(selected.exists, 0);
    }
}

#[tokio::test]
async fn with_literal_plus_a_name_is_said_in_one_breath() {
    let (_server, mut connection) = meet("IMAP4rev1 LITERAL-", |mut talk| async move {
        let tag = talk.expect("CREATE {9+}").await;
        talk.expect_line("已发送").await;
        talk.say(&format!("{tag} OK\r\n")).await;
    })
    .await;
    connection.create("已发送").await.expect("the server takes it");
}

#[tokio::test]
async fn a_refused_literal_is_the_end_of_its_command_only() {
    let (_server, mut connection) = meet("IMAP4rev1", |mut talk| async move {
        let tag = talk.expect("CREATE {9}").await;
        talk.say(&format!("{tag} NO [CANNOT] only ASCII here\r\n")).await;
        talk.answer("NOOP", "").await;
    })
    .await;
    let made = connection.create("已发送").await;
    assert!(matches!(&made, Err(ImapError::No { code: Some(code), .. }) if code == "CANNOT"), "{made:?}");
    noop(&mut connection, |_| Ok(())).await.expect("the connection is sound");
}

#[tokio::test]
async fn no_value_becomes_a_second_command() {
    let (server, mut connection) = meet("IMAP4rev1 NOTIFY", |talk| talk.stall()).await;
    let nul = connection.examine("a\0b").await;
    assert!(matches!(nul, Err(ImapError::Bad { .. })), "{nul:?}");
    for ended in [
        connection.uid_fetch("1\n", "(UID)", |_| {}).await.map(|_| ()),
        connection.notify_set("NONE\r\nT9 LOGOUT", |_| Ok(())).await,
        connection.exec("NOOP", "NOOP {3}\r\nab", |_| Ok(())).await.map(|_| ()),
    ] {
        assert!(matches!(ended, Err(ImapError::Bad { .. })), "{ended:?}");
    }
    assert_eq!(server.heard().len(), 1, "only the login was heard: {:?}", server.heard());
}
