from __future__ import annotations

import msgspec

from gatelodge.model import reads, writes
from tests.store import samples
from tests.store.samples import ADA, BOB


async def test_a_ticket_is_used_once_and_only_for_its_purpose(database):
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.InsertTicket(ticket=samples.ticket()),
        ]
    )
    assert not await database.commit([writes.InsertTicket(ticket=samples.ticket())])
    find = reads.FindTicket(digest="ticket-1", purpose="reset_password")
    wrong = reads.FindTicket(digest="ticket-1", purpose="verify_email")
    person = await database.read(reads.FindPerson(user_id=ADA))
    assert await database.read(wrong) is None
    assert await database.read(find) == reads.TicketBundle(
        ticket=samples.ticket(),
        person=person,
        newest_at=samples.ticket().created_at,
    )
    assert await database.commit([writes.UseTicket(digest="ticket-1", used_at=5)])
    assert not await database.commit([writes.UseTicket(digest="ticket-1", used_at=6)])
    found = await database.read(find)
    assert found is not None
    assert found.ticket == samples.ticket(used_at=5)


async def test_only_the_newest_link_works(database):
    tickets = [
        samples.ticket("a", used_at=1),
        samples.ticket("b"),
        samples.ticket("c", purpose="verify_email"),
        samples.ticket("d", user_id=BOB),
    ]
    await database.commit([writes.InsertTicket(ticket=one) for one in tickets])
    void = writes.VoidTickets(user_id=ADA, purpose="reset_password", used_at=9)
    assert await database.commit([void])
    found = [
        await database.read(reads.FindTicket(digest=one.digest, purpose=one.purpose))
        for one in tickets
    ]
    assert [one and one.ticket.used_at for one in found] == [1, 9, None, None]
    await database.commit([samples.sweep("ticket", 72)])
    assert await database.read(reads.FindTicket(digest="b", purpose="reset_password"))
    await database.commit([samples.sweep("ticket", 73)])
    gone = reads.FindTicket(digest="b", purpose="reset_password")
    assert await database.read(gone) is None


async def test_a_single_use_value_is_spent_once_until_it_is_swept(database):
    spend = writes.SpendJti(key="jti", expires_at=10)
    assert await database.commit([spend])
    assert not await database.commit([spend])
    await database.commit([samples.sweep("seen_jti", 10)])
    assert not await database.commit([spend])
    await database.commit([samples.sweep("seen_jti", 11)])
    assert await database.commit([spend])


async def test_the_log_is_read_forward_and_backward_with_filters(database):
    lines = [
        samples.line(1),
        samples.line(2, type="f"),
        samples.line(3, user_id=BOB),
        samples.line(4, user_id=BOB, type="f"),
        samples.line(5, user_id=None, client_id=None, connection_id=None),
    ]
    await database.commit([writes.AppendLog(line=one) for one in lines])

    async def forward(**asked):
        found = await database.read(reads.ListLog(**asked))
        return [lines.index(one) + 1 for one in found]

    async def backward(**asked):
        found = await database.read(reads.TailLog(**asked))
        return [lines.index(one) + 1 for one in found]

    assert await forward() == [1, 2, 3, 4, 5]
    assert await forward(after=lines[1].id, limit=2) == [3, 4]
    assert await forward(type="f") == [2, 4]
    assert await forward(user_id=BOB) == [3, 4]
    assert await forward(user_id=BOB, type="f", after=lines[2].id) == [4]
    assert await backward(limit=2) == [5, 4]
    assert await backward(type="f") == [4, 2]
    assert await backward(user_id=ADA) == [2, 1]
    assert await backward(user_id=ADA, type="f") == [2]


async def test_a_log_line_is_never_dropped_in_silence(database):
    await database.commit([writes.AppendLog(line=samples.line())])
    other = samples.line(agent="other")
    assert not await database.commit([writes.AppendLog(line=other)])


async def test_mails_and_texts_wait_for_their_own_way_out(database):
    mail = samples.mail("m", created_at=1, due_at=1)
    text = samples.mail("t", created_at=2, due_at=2, recipient="sms:+447400123456")
    await database.commit([writes.QueueMail(mail=one) for one in (mail, text)])
    assert await database.read(reads.DueMail(now=9)) == (mail,)
    assert await database.read(reads.DueTexts(now=9)) == (text,)
    assert await database.read(reads.DueTexts(now=1)) == ()
    assert await database.read(reads.ListMail()) == (text, mail)
    await database.commit([writes.MailSent(mail_id="t", sent_at=3)])
    assert await database.read(reads.DueTexts(now=9)) == ()


async def test_mail_waits_fails_and_is_sent(database):
    mails = [samples.mail(f"m{n}", created_at=n, due_at=100 - n) for n in range(4)]
    await database.commit([writes.QueueMail(mail=one) for one in mails])
    assert not await database.commit([writes.QueueMail(mail=mails[0])])

    async def due(now, limit=20):
        found = await database.read(reads.DueMail(now=now, limit=limit))
        return [one.id for one in found]

    assert await due(98) == ["m3", "m2"]
    assert await due(100, limit=2) == ["m3", "m2"]
    await database.commit(
        [
            writes.MailSent(mail_id="m3", sent_at=101),
            writes.MailFailed(
                mail_id="m2", tries=1, due_at=200, failed_at=None, error="later"
            ),
            writes.MailFailed(
                mail_id="m1", tries=9, due_at=300, failed_at=150, error="gone"
            ),
        ]
    )
    assert await due(199) == ["m0"]
    assert await due(400) == ["m0", "m2"]
    newest = await database.read(reads.ListMail(limit=3))
    assert newest == (
        msgspec.structs.replace(mails[3], sent_at=101),
        msgspec.structs.replace(mails[2], tries=1, due_at=200, error="later"),
        msgspec.structs.replace(
            mails[1], tries=9, due_at=300, failed_at=150, error="gone"
        ),
    )


async def test_a_duty_is_held_by_one_until_it_ends(database):
    def take(holder, now):
        return [writes.TakeLease(name="sweep", holder=holder, now=now, until=now + 10)]

    assert await database.commit(take("one", 0))
    assert not await database.commit(take("two", 9))
    assert await database.commit(take("one", 9))
    assert not await database.commit(take("two", 18))
    assert await database.commit(take("two", 19))
    assert not await database.commit(take("one", 20))


async def test_mail_is_swept_by_its_age_sent_or_not(database):
    mails = [samples.mail(f"m{n}", created_at=n) for n in range(4)]
    await database.commit([writes.QueueMail(mail=one) for one in mails])
    await database.commit([writes.MailSent(mail_id="m2", sent_at=5)])
    await database.commit([samples.sweep("outgoing", 2)])
    left = await database.read(reads.ListMail())
    assert [one.id for one in left] == ["m3", "m2"]


async def test_the_oldest_log_lines_are_swept_so_many_at_a_time(database):
    await database.commit(
        [writes.AppendLog(line=samples.line(number)) for number in (3, 1, 4, 2)]
    )
    end = samples.line(4).id
    due = reads.SweepDue(what="log", before=end)
    assert await database.read(due)
    await database.commit([writes.Sweep(what="log", before=end, most=2)])
    left = await database.read(reads.TailLog())
    assert left == (samples.line(4), samples.line(3))
    assert await database.read(due)
    await database.commit([writes.Sweep(what="log", before=end, most=2)])
    assert not await database.read(due)
    assert await database.read(reads.TailLog()) == (samples.line(4),)
