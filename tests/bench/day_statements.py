"""The statements that fill an alliance of two years for the bench of a day, and what is asked of the server.

A plain table holds each customer's story; every table is filled from it in the order in which things happened.
"""

# $1 how many, $2 the instant that the two years end with. Of 100 customers 68 came to a store and 32 to the field;
# every tenth is the leaver's, G001, and every hundredth the busy guide's, G002. Most of the rest have ended.
STORIES = """
CREATE TEMPORARY TABLE story AS
WITH placed AS (
    SELECT n, n % 10 = 0 AS leavers, n % 100 = 1 AS busy, n % 100 >= 68 AS field,
           $2::timestamptz - interval '730 days' + n * (interval '730 days' / ($1 + 1)) AS made
      FROM generate_series(1, $1::integer) AS n
), person AS (
    SELECT p.n, p.made, p.leavers OR p.busy AS kept, p.field AND NOT p.leavers AS field,
           CASE WHEN p.leavers THEN 'G001'
                WHEN p.busy THEN 'G002'
                WHEN p.field THEN 'F' || lpad((1 + p.n / 100 % 48 + p.n % 3)::text, 3, '0')
                ELSE 'G' || lpad((3 + (p.n / 7 + p.n) % 212)::text, 3, '0') END AS code
      FROM placed p
)
SELECT p.n, p.made, p.field, p.kept, s.staff_id, s.unit_id, uuidv7(p.made - clock_timestamp()) AS registration_id,
       uuidv7(p.made - clock_timestamp()) AS contact_id, uuidv7(p.made - clock_timestamp()) AS attempt_id,
       sha256(('phone' || p.n)::bytea) AS phone, sha256(('address' || p.n)::bytea) AS address,
       2 + p.n % 5 AS contacts,
       CASE WHEN p.kept OR p.made + interval '12 days' > $2 THEN NULL
            WHEN p.n % 20 < 7 THEN 'CONVERTED'
            WHEN NOT p.field AND p.n % 20 < 16 THEN 'LOST' END AS ending,
       p.made + interval '12 days' AS ended_at
  FROM person p
  JOIN staff s ON s.alliance_id = $3 AND s.code = p.code
 ORDER BY p.made
"""

# What was said of each customer, so many times each: the kinds follow each other as the plan wants them.
TALKS = """
CREATE TEMPORARY TABLE talk AS
SELECT s.n, s.registration_id, s.staff_id, k.number, w.kind, s.made + w.after AS at,
       uuidv7(s.made + w.after - clock_timestamp()) AS follow_up_id,
       uuidv7(s.made + w.after - clock_timestamp()) AS text_id
  FROM story s
 CROSS JOIN LATERAL generate_series(1, s.contacts) AS k (number)
  JOIN (VALUES (1, 'SMS', interval '5 minutes'), (2, 'CALL', interval '3 hours'), (3, 'SMS', interval '4 hours'),
               (4, 'CALL', interval '1 day 2 hours'), (5, 'WECHAT', interval '3 days'), (6, 'CALL', interval '6 days'))
       AS w (number, kind, after) ON w.number = k.number
 WHERE s.made + w.after < $1
 ORDER BY at
"""

TEXT_IDS = "SELECT text_id FROM talk"
CONTACT_IDS = "SELECT contact_id FROM story"
REFUSED_CONTACTS = """
SELECT gen_random_uuid() AS contact_id, s.n, s.phone
  FROM story s
 WHERE s.n % 5 = 0
"""

# $2 the policy version; $3 the instant of the end.
REGISTRATIONS = """
WITH placed AS (
    SELECT s.n, s.made, s.field, s.kept, s.staff_id, s.registration_id, s.contact_id, s.phone, s.address, s.ending,
           s.ended_at, coalesce((SELECT max(t.at) FROM talk t WHERE t.n = s.n), s.made) AS touched,
           s.field AND s.n % 5 < 2 AS measured
      FROM story s
), counted AS (
    SELECT p.n, p.made, p.field, p.kept, p.staff_id, p.registration_id, p.contact_id, p.phone, p.address, p.ending,
           p.ended_at, p.touched, p.measured,
           date_trunc('day', p.touched, 'Asia/Shanghai') + interval '11 days' AS lapses_at,
           CASE WHEN p.field AND NOT p.measured
                THEN date_trunc('day', p.made, 'Asia/Shanghai') + interval '16 days' END AS expires_at
      FROM placed p
)
INSERT INTO registration (
    alliance_id, registration_id, sequence, registered_at, registrant_id, owner_id, channel, new_need, contact_id,
    policy_version_id, quota_month, phone_key, address_key, claimed_phone, claimed_address, last_touch_at, measured_at,
    lapses_at, expires_at, lapse_curable, stored_status, due_at, end_kind, ended_at, registered_class, customer_class,
    segment, source, visited_at, plan_at)
SELECT $1, c.registration_id, nextval('recording_sequence'), c.made, c.staff_id, c.staff_id,
       CASE WHEN c.field THEN 'FIELD' ELSE 'STORE' END, false, c.contact_id, $2,
       date_trunc('month', c.made, 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai', c.phone, c.address,
       CASE WHEN v.live THEN c.phone END, CASE WHEN v.live THEN c.address END, c.touched,
       CASE WHEN c.measured THEN c.touched END, c.lapses_at, c.expires_at, true,
       coalesce(c.ending, CASE WHEN c.expires_at <= $3 THEN 'EXPIRED' WHEN c.lapses_at <= $3 THEN 'LAPSED'
                               ELSE 'PROTECTED' END),
       CASE WHEN v.live AND c.lapses_at > $3 THEN least(c.lapses_at, c.expires_at)
            WHEN v.live THEN c.expires_at END,
       c.ending, CASE WHEN c.ending IS NOT NULL THEN c.ended_at END,
       substr('ABC', 1 + c.n % 3, 1), substr('ABC', 1 + c.n % 3, 1),
       CASE WHEN c.n % 50 = 0 THEN 'PROJECT' WHEN c.n % 9 = 0 THEN 'COMPANY' ELSE 'INDIVIDUAL' END,
       (ARRAY['自然进店', '小区推广', '老客户介绍', '网络', '活动'])[1 + c.n % 5],
       CASE WHEN NOT c.field THEN c.made END,
       CASE WHEN v.live AND NOT c.field THEN date_trunc('week', $3::timestamptz, 'Asia/Shanghai') END
  FROM counted c
 CROSS JOIN LATERAL (SELECT c.ending IS NULL AND (c.expires_at IS NULL OR c.expires_at > $3) AS live) v
 ORDER BY c.made
"""

ATTEMPTS = """
INSERT INTO attempt (alliance_id, attempt_id, attempted_at, registrant_id, recorded_by_id, channel, new_need, contact_id,
                     policy_version_id, outcome, code, registration_id, detail)
SELECT $1, s.attempt_id, s.made, s.staff_id, s.staff_id, CASE WHEN s.field THEN 'FIELD' ELSE 'STORE' END, false,
       s.contact_id, $2, 'PROTECTED', 'PROTECTED', s.registration_id, '{}'
  FROM story s
 ORDER BY s.made
"""

# $3 contacts, $4 whose stories: a colleague tried to register the same customer a day later.
REFUSED_ATTEMPTS = """
INSERT INTO attempt (alliance_id, attempt_id, attempted_at, registrant_id, recorded_by_id, channel, new_need, contact_id,
                     policy_version_id, outcome, code, detail)
SELECT $1, gen_random_uuid(), s.made + interval '1 day', o.staff_id, o.staff_id, 'STORE', false, t.contact_id, $2,
       'ALREADY_PROTECTED', 'ALREADY_PROTECTED', '{}'
  FROM unnest($3::uuid[], $4::integer[]) AS t (contact_id, n)
  JOIN story s ON s.n = t.n
  JOIN story o ON o.n = 1 + t.n * 7 % (SELECT count(*) FROM story)
 ORDER BY s.made
"""

FOLLOW_UPS = """
INSERT INTO follow_up (alliance_id, follow_up_id, registration_id, sequence, kind, note_id, recorded_at, recorded_by_id)
SELECT $1, t.follow_up_id, t.registration_id, nextval('recording_sequence'), t.kind, t.text_id, t.at, t.staff_id
  FROM talk t
 ORDER BY t.at
"""

# $2 the instant of the end.
ACTS = """
WITH act AS (
    SELECT s.made AS at, 'admitted' AS kind, s.registration_id, s.staff_id, '{}'::jsonb AS detail FROM story s
    UNION ALL
    SELECT t.at, 'followed_up', t.registration_id, t.staff_id, '{}' FROM talk t
    UNION ALL
    SELECT (SELECT max(t.at) FROM talk t WHERE t.n = s.n), 'measured', s.registration_id, s.staff_id, '{}'
      FROM story s
     WHERE s.field AND s.n % 5 < 2
    UNION ALL
    SELECT s.made + interval '10 days', 'transferred', s.registration_id, s.staff_id,
           jsonb_build_object('to', s.staff_id)
      FROM story s
     WHERE s.n % 40 = 3
    UNION ALL
    SELECT s.ended_at, lower(s.ending), s.registration_id, s.staff_id, '{}' FROM story s WHERE s.ending IS NOT NULL
    UNION ALL
    SELECT s.made + interval '10 days 12 hours', 'follow_up_overdue', s.registration_id, NULL, '{}'
      FROM story s
     WHERE s.contacts < 6
    UNION ALL
    SELECT s.made + interval '18 days', 'lapsed', s.registration_id, NULL, '{}'
      FROM story s
     WHERE s.ending IS NULL
)
INSERT INTO audit_event (alliance_id, occurred_at, kind, subject_kind, subject_id, actor_id, detail)
SELECT $1, a.at, 'registration.' || a.kind, 'registration', a.registration_id, a.staff_id, a.detail
  FROM act a
 WHERE a.at < $2
 ORDER BY a.at
"""

ORDERS = """
INSERT INTO customer_order (alliance_id, order_id, sequence, external_ref, placed_at, placed_by_id, taken_by_id, contact_id,
                            policy_version_id, phone_key, address_key, amount_fen, facts_digest, status,
                            converted_registration_id)
SELECT $1, uuidv7(s.ended_at - clock_timestamp()), nextval('recording_sequence'), 'A-' || s.n, s.ended_at,
       (SELECT staff_id FROM staff WHERE alliance_id = $1 AND code = 'OPS'), s.staff_id, s.contact_id, $2, s.phone,
       s.address, 1000000 + s.n % 1000 * 10000, '\\x00', 'PLACED', s.registration_id
  FROM story s
 WHERE s.ending = 'CONVERTED'
 ORDER BY s.ended_at
"""

DECISIONS = """
WITH decided AS (
    INSERT INTO attribution (alliance_id, attribution_id, order_id, decided_at, verdict, clause, registration_id,
                             needs_review, policy_version_id, digest)
    SELECT $1, uuidv7(o.placed_at - clock_timestamp()), o.order_id, o.placed_at, 'REGISTRANT', '3.2.1',
           o.converted_registration_id, false, $2, '00'
      FROM customer_order o
     WHERE o.alliance_id = $1
     ORDER BY o.placed_at
    RETURNING attribution_id, registration_id
), credited AS (
    INSERT INTO attribution_credit (alliance_id, attribution_id, position, staff_id, share_bp)
    SELECT $1, d.attribution_id, 1, s.staff_id, 10000
      FROM decided d
      JOIN story s ON s.registration_id = d.registration_id
)
INSERT INTO attribution_candidate (alliance_id, attribution_id, position, registration_id, owner_id, standing, holds,
                                   registered_at, sequence, last_touch_at, lapses_at)
SELECT $1, d.attribution_id, 1, d.registration_id, s.staff_id, 'PROTECTED', true, s.made, s.n, s.made,
       s.made + interval '10 days'
  FROM decided d
  JOIN story s ON s.registration_id = d.registration_id
"""

# One order in 25 was disputed by a colleague; the older ones are ruled on.
RULINGS = """
WITH ruled AS (
    INSERT INTO attribution (alliance_id, attribution_id, order_id, decided_at, verdict, registration_id, needs_review,
                             policy_version_id, digest, ruled_by_id)
    SELECT $1, uuidv7(a.decided_at + interval '3 days' - clock_timestamp()), a.order_id,
           a.decided_at + interval '3 days', 'RULED', a.registration_id, false, $2, '00',
           (SELECT staff_id FROM staff WHERE alliance_id = $1 AND code = 'HEAD')
      FROM attribution a
      JOIN story s ON s.registration_id = a.registration_id
     WHERE a.alliance_id = $1
       AND s.n % 25 = 4
       AND a.decided_at < $3::timestamptz - interval '3 days'
    RETURNING attribution_id, registration_id
)
INSERT INTO attribution_credit (alliance_id, attribution_id, position, staff_id, share_bp)
SELECT $1, r.attribution_id, share.position, s.staff_id, 5000
  FROM ruled r
  JOIN story s ON s.registration_id = r.registration_id
 CROSS JOIN generate_series(1, 2) AS share (position)
"""

DISPUTES = """
WITH opened AS (
    INSERT INTO dispute (alliance_id, dispute_id, order_id, attribution_id, opened_by_id, opened_at, status, ended_at,
                         ended_by_id, ruling_id, reason_id)
    SELECT $1, gen_random_uuid(), a.order_id, a.attribution_id, o.staff_id, a.decided_at + interval '1 day',
           CASE WHEN r.attribution_id IS NULL THEN 'OPEN' ELSE 'RULED' END, r.decided_at, r.ruled_by_id,
           r.attribution_id, CASE WHEN r.attribution_id IS NOT NULL THEN t.text_id END
      FROM attribution a
      JOIN story s ON s.registration_id = a.registration_id
      JOIN story o ON o.n = 1 + s.n * 7 % (SELECT count(*) FROM story)
      JOIN talk t ON t.n = s.n AND t.number = 1
      LEFT JOIN attribution r ON r.alliance_id = $1 AND r.order_id = a.order_id AND r.verdict = 'RULED'
     WHERE a.alliance_id = $1
       AND s.n % 25 = 4
       AND a.verdict = 'REGISTRANT'
     ORDER BY a.decided_at
    RETURNING dispute_id, opened_by_id, opened_at, reason_id
), said AS (
    INSERT INTO dispute_statement (alliance_id, statement_id, dispute_id, text_id, made_by_id, made_at)
    SELECT $1, gen_random_uuid(), o.dispute_id, o.reason_id, o.opened_by_id, o.opened_at
      FROM opened o
     WHERE o.reason_id IS NOT NULL
)
INSERT INTO dispute_party (alliance_id, dispute_id, staff_id, stake)
SELECT $1, o.dispute_id, o.opened_by_id, 'REFUSED'
  FROM opened o
"""

# Requests for more days, of which those of the last days wait.
REQUESTS = """
INSERT INTO approval (alliance_id, approval_id, sequence, kind, status, registration_id, days, reason_id,
                      requested_by_id, requested_at, decided_by_id, decided_at)
SELECT $1, gen_random_uuid(), nextval('recording_sequence'), 'EXTENSION',
       CASE WHEN s.made > $2::timestamptz - interval '20 days' THEN 'PENDING' ELSE 'APPROVED' END, s.registration_id, 5,
       t.text_id, s.staff_id, s.made + interval '1 hour',
       CASE WHEN s.made <= $2::timestamptz - interval '20 days' THEN h.staff_id END,
       CASE WHEN s.made <= $2::timestamptz - interval '20 days' THEN s.made + interval '2 days' END
  FROM story s
  JOIN talk t ON t.n = s.n AND t.number = 1
  JOIN staff h ON h.alliance_id = $1 AND h.code = 'HEAD'
 WHERE s.n % 20 = 9
 ORDER BY s.made
"""

# What the plan has made of each store visit, all done; and of what is live the weeks since, the last one still open.
TASKS = """
WITH step (step, kinds, opens, due, number) AS (
    VALUES ('visit_sms', ARRAY['SMS'], interval '0', interval '10 minutes', 1),
           ('first_call', ARRAY['CALL'], interval '0', interval '14 hours', 2),
           ('call_sms', ARRAY['SMS'], interval '3 hours', interval '14 hours', 3),
           ('second_call', ARRAY['CALL'], interval '1 day', interval '2 days', 4)
), week AS (
    SELECT date_trunc('week', $2::timestamptz, 'Asia/Shanghai') - number * interval '7 days' AS monday, number
      FROM generate_series(1, 12) AS number
), weekly (step, kinds, opens, due) AS (
    VALUES ('monday_sms', ARRAY['SMS'], interval '0', interval '1 day'),
           ('friday_sms', ARRAY['SMS'], interval '4 days', interval '5 days'),
           ('weekly_email', ARRAY['EMAIL'], interval '0', interval '7 days')
), task AS (
    SELECT s.registration_id, p.step, p.kinds, s.made + p.opens AS opens_at, s.made + p.due AS due_at,
           s.made + p.due AS closed_at, 'DONE' AS outcome
      FROM story s
     CROSS JOIN step p
     WHERE NOT s.field
       AND p.number <= s.contacts
    UNION ALL
    SELECT r.registration_id, k.step, k.kinds, w.monday + k.opens, w.monday + k.due,
           CASE WHEN w.number > 1 THEN w.monday + interval '7 days' END, CASE WHEN w.number > 1 THEN 'MISSED' END
      FROM registration r
     CROSS JOIN week w
     CROSS JOIN weekly k
     WHERE r.alliance_id = $1
       AND r.plan_at IS NOT NULL
       AND r.registered_at < w.monday
)
INSERT INTO follow_up_task (alliance_id, registration_id, step, period, kinds, opens_at, due_at, closed_at, outcome)
SELECT $1, t.registration_id, t.step, (t.opens_at AT TIME ZONE 'Asia/Shanghai')::date, t.kinds, t.opens_at, t.due_at,
       t.closed_at, t.outcome
  FROM task t
 ORDER BY t.opens_at
"""

# What was submitted so far: a line a registration, with the registration itself.
REPORTS = """
WITH day AS (
    SELECT s.unit_id, (s.made AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*)::integer AS lines
      FROM story s
     WHERE s.made < date_trunc('day', $2::timestamptz, 'Asia/Shanghai') - interval '1 day'
     GROUP BY 1, 2
), report AS (
    INSERT INTO daily_report (alliance_id, report_id, unit_id, day, closes_at, policy_version_id, submitted_at,
                              submitted_by_id, recipient_ids, copied_ids, line_count, entry_count, digest)
    SELECT $1, gen_random_uuid(), d.unit_id, d.day, d.day + time '13:00', $3, d.day + time '12:00', h.staff_id, '{}',
           '{}', d.lines, d.lines, sha256('')
      FROM day d
      JOIN staff h ON h.alliance_id = $1 AND h.code = 'HEAD'
     ORDER BY d.day, d.unit_id
    RETURNING report_id, unit_id, day
), placed AS (
    SELECT r.report_id, s.registration_id, s.contact_id, s.made, s.staff_id,
           row_number() OVER (PARTITION BY r.report_id ORDER BY s.made) AS line
      FROM report r
      JOIN story s ON s.unit_id = r.unit_id AND (s.made AT TIME ZONE 'Asia/Shanghai')::date = r.day
), line AS (
    INSERT INTO daily_report_line (alliance_id, report_id, line, registration_id, contact_id, status, digest)
    SELECT $1, p.report_id, p.line, p.registration_id, p.contact_id, 'PROTECTED', sha256('')
      FROM placed p
)
INSERT INTO daily_report_entry (alliance_id, report_id, line, position, kind, record_id, recorded_at, recorded_by_id,
                                recorded_by_name)
SELECT $1, p.report_id, p.line, 1, 'REGISTERED', p.registration_id, p.made, p.staff_id, '王'
  FROM placed p
"""

ANSWERED = """
SELECT d.dispute_id, o.order_id, o.phone_key, o.address_key
  FROM dispute d
  JOIN customer_order o ON o.alliance_id = d.alliance_id AND o.order_id = d.order_id
 WHERE d.alliance_id = $1
 ORDER BY d.sequence DESC
 LIMIT 1
"""

SIZES = """
SELECT c.relname, c.reltuples::bigint AS rows
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace
   AND c.relkind = 'r'
   AND c.reltuples >= 2000
"""
