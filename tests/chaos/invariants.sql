-- What must hold whenever all is quiet, whatever was killed before. Each statement returns a row for each thing
-- that is wrong, and none when nothing is. Run as it is with psql; the tests run it after every storm.

-- name: an ended registration claims nothing
SELECT registration_id
  FROM registration
 WHERE (end_kind IS NOT NULL OR stored_status = 'EXPIRED')
   AND (claimed_phone IS NOT NULL OR claimed_address IS NOT NULL);

-- name: a key has one live claim at most
SELECT alliance_id, key, count(*)
  FROM (SELECT alliance_id, 'phone' AS of, claimed_phone AS key FROM registration
        UNION ALL
        SELECT alliance_id, 'address', claimed_address FROM registration) c
 WHERE key IS NOT NULL
 GROUP BY alliance_id, of, key
HAVING count(*) > 1;

-- name: a claim is of a recorded key
SELECT registration_id
  FROM registration
 WHERE claimed_phone IS DISTINCT FROM phone_key AND claimed_phone IS NOT NULL
    OR claimed_address IS DISTINCT FROM address_key AND claimed_address IS NOT NULL;

-- name: tallies are what a recount finds
SELECT *
  FROM (SELECT alliance_id, staff_id, month, channel, made, converted, closed
          FROM quota_tally
         WHERE made > 0) kept
  FULL JOIN (SELECT r.alliance_id, r.registrant_id AS staff_id, r.quota_month AS month, r.channel,
                    count(*)::integer AS made,
                    (count(o.order_id))::integer AS converted,
                    (count(o.order_id) FILTER (WHERE o.status = 'CLOSED'))::integer AS closed
               FROM registration r
               LEFT JOIN customer_order o ON o.alliance_id = r.alliance_id
                                         AND o.converted_registration_id = r.registration_id
                                         AND o.status <> 'CANCELLED'
              GROUP BY r.alliance_id, r.registrant_id, r.quota_month, r.channel) counted
       USING (alliance_id, staff_id, month, channel)
 WHERE (kept.made, kept.converted, kept.closed) IS DISTINCT FROM (counted.made, counted.converted, counted.closed);

-- name: a registration was admitted once, by an attempt that says so
SELECT r.registration_id
  FROM registration r
 WHERE 1 <> (SELECT count(*) FROM attempt a
              WHERE a.alliance_id = r.alliance_id AND a.registration_id = r.registration_id
                AND a.outcome = 'PROTECTED' AND a.contact_id = r.contact_id)
    OR 1 <> (SELECT count(*) FROM audit_event e
              WHERE e.alliance_id = r.alliance_id AND e.subject_id = r.registration_id
                AND e.kind = 'registration.admitted' AND e.occurred_at = r.registered_at);

-- name: an attempt points at what there is
SELECT a.attempt_id
  FROM attempt a
 WHERE (a.outcome = 'PROTECTED') <> (a.registration_id IS NOT NULL)
    OR NOT EXISTS (SELECT FROM contact c WHERE c.alliance_id = a.alliance_id AND c.contact_id = a.contact_id)
    OR a.registration_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM registration r
            WHERE r.alliance_id = a.alliance_id AND r.registration_id = a.registration_id);

-- name: a refused attempt is in the record
SELECT a.attempt_id
  FROM attempt a
 WHERE a.outcome <> 'PROTECTED'
   AND 1 <> (SELECT count(*) FROM audit_event e
              WHERE e.alliance_id = a.alliance_id AND e.subject_id = a.attempt_id
                AND e.kind = 'registration.refused');

-- name: a follow-up is in the record once
SELECT f.follow_up_id
  FROM follow_up f
 WHERE 1 <> (SELECT count(*) FROM audit_event e
              WHERE e.alliance_id = f.alliance_id AND e.subject_id = f.registration_id
                AND e.kind = 'registration.followed_up' AND e.detail->>'follow_up' = f.follow_up_id::text);

-- name: a registration is what its events make of it
SELECT r.registration_id
  FROM registration r
 CROSS JOIN LATERAL (
       SELECT max(e.sequence) FILTER (WHERE e.kind IN (
                  'registration.followed_up', 'registration.measured', 'registration.transferred',
                  'registration.extended', 'registration.reinstated')) AS touch,
              max(e.sequence) FILTER (WHERE e.kind = 'registration.transferred') AS transfer,
              max(e.sequence) FILTER (WHERE e.kind IN (
                  'registration.converted', 'registration.lost', 'registration.withdrawn',
                  'registration.superseded', 'registration.reinstated')) AS ending,
              coalesce(sum((e.detail->>'days')::integer) FILTER (WHERE e.kind = 'registration.extended'), 0) AS days,
              count(*) FILTER (WHERE e.kind = 'registration.extended') AS extensions
         FROM audit_event e
        WHERE e.alliance_id = r.alliance_id AND e.subject_id = r.registration_id) last
  LEFT JOIN audit_event touched ON touched.alliance_id = r.alliance_id AND touched.sequence = last.touch
  LEFT JOIN audit_event moved ON moved.alliance_id = r.alliance_id AND moved.sequence = last.transfer
  LEFT JOIN audit_event ended ON ended.alliance_id = r.alliance_id AND ended.sequence = last.ending
 WHERE r.last_touch_at <> coalesce(touched.occurred_at, r.registered_at)
    OR r.owner_id <> coalesce((moved.detail->>'to')::uuid, r.registrant_id)
    OR r.extended_days <> last.days
    OR r.extension_count <> last.extensions
    OR lower(r.end_kind) IS DISTINCT FROM nullif(split_part(ended.kind, '.', 2), 'reinstated')
    OR r.end_kind IS NOT NULL AND r.ended_at <> ended.occurred_at;

-- name: a deadline is written down once
SELECT alliance_id, subject_id, kind, occurred_at
  FROM audit_event
 WHERE kind IN ('registration.follow_up_due', 'registration.follow_up_overdue', 'registration.lapsing_soon',
                'registration.lapsed', 'registration.expiring_soon', 'registration.expired', 'quota.month_opened', 'report.missed')
 GROUP BY alliance_id, subject_id, kind, occurred_at
HAVING count(*) > 1;

-- name: what is due has been written down
SELECT registration_id
  FROM registration
 WHERE due_at <= coalesce((SELECT instant FROM dev_clock), now());

-- name: stored statuses are those of the calendar
SELECT r.registration_id
  FROM registration r
 CROSS JOIN (SELECT coalesce((SELECT instant FROM dev_clock), now()) AS instant) clock
 WHERE r.stored_status <> CASE
           WHEN r.end_kind IS NOT NULL THEN r.end_kind
           WHEN NOT r.lapse_curable AND r.lapses_at <= clock.instant
                AND (r.expires_at IS NULL OR r.lapses_at < r.expires_at) THEN 'LAPSED'
           WHEN r.expires_at <= clock.instant THEN 'EXPIRED'
           WHEN r.lapses_at <= clock.instant THEN 'LAPSED'
           ELSE 'PROTECTED' END;

-- name: an expiry is in the record
SELECT r.registration_id
  FROM registration r
 WHERE r.stored_status = 'EXPIRED'
   AND NOT EXISTS (SELECT FROM audit_event e
                    WHERE e.alliance_id = r.alliance_id AND e.subject_id = r.registration_id
                      AND e.kind = 'registration.expired' AND e.occurred_at = r.expires_at);

-- name: an order is decided once, and each decision after it has its reason
SELECT o.order_id
  FROM customer_order o
  LEFT JOIN attribution a ON a.alliance_id = o.alliance_id AND a.order_id = o.order_id
 GROUP BY o.alliance_id, o.order_id, o.status
HAVING count(*) FILTER (WHERE a.verdict IN ('REGISTRANT', 'TAKER', 'UNASSIGNED')) <> 1
    OR count(*) FILTER (WHERE a.verdict = 'REVERSED') <> (o.status = 'CANCELLED')::integer
    OR count(*) FILTER (WHERE a.verdict = 'RULED' AND (a.reason IS NULL AND a.reason_id IS NULL OR a.ruled_by_id IS NULL)) > 0;

-- name: an order is in the record once
SELECT o.order_id
  FROM customer_order o
 WHERE 1 <> (SELECT count(*) FROM audit_event e
              WHERE e.alliance_id = o.alliance_id AND e.subject_id = o.order_id AND e.kind = 'order.placed')
    OR 1 <> (SELECT count(*) FROM audit_event e
              WHERE e.alliance_id = o.alliance_id AND e.subject_id = o.order_id AND e.kind = 'order.attributed');

-- name: shares of a credit add up
SELECT a.attribution_id
  FROM attribution a
  LEFT JOIN attribution_credit c ON c.alliance_id = a.alliance_id AND c.attribution_id = a.attribution_id
 GROUP BY a.alliance_id, a.attribution_id, a.verdict
HAVING coalesce(sum(c.share_bp), 0)
       <> CASE WHEN a.verdict IN ('REGISTRANT', 'TAKER', 'RULED') THEN 10000 ELSE 0 END;

-- name: an order and the registration that it converted agree
SELECT o.order_id
  FROM customer_order o
  LEFT JOIN registration r ON r.alliance_id = o.alliance_id AND r.registration_id = o.converted_registration_id
 WHERE o.converted_registration_id IS NOT NULL
   AND o.status <> 'CANCELLED'
   AND (r.end_kind, r.ended_by_order_id) IS DISTINCT FROM ('CONVERTED', o.order_id)
UNION ALL
SELECT r.registration_id
  FROM registration r
  LEFT JOIN customer_order o ON o.alliance_id = r.alliance_id AND o.order_id = r.ended_by_order_id
 WHERE r.ended_by_order_id IS NOT NULL
   AND (o.order_id IS NULL
        OR r.end_kind = 'CONVERTED' AND o.converted_registration_id IS DISTINCT FROM r.registration_id);

-- name: a dispute that was ruled on ended with that ruling, and no cancelled order is disputed
SELECT d.dispute_id
  FROM dispute d
  JOIN customer_order o ON o.alliance_id = d.alliance_id AND o.order_id = d.order_id
  LEFT JOIN attribution a ON a.alliance_id = d.alliance_id AND a.attribution_id = d.ruling_id
 WHERE d.status = 'OPEN' AND o.status = 'CANCELLED'
    OR d.status = 'RULED' AND (a.order_id IS DISTINCT FROM d.order_id OR a.verdict <> 'RULED'
                               OR a.decided_at <> d.ended_at OR a.ruled_by_id <> d.ended_by_id);

-- name: a key of idempotency has its answer
SELECT caller_id, key
  FROM idempotency_key
 WHERE answer IS NULL;

-- Events are kept for 30 days after they were relayed.
-- name: each told act has one event
SELECT e.alliance_id, e.kind, e.subject_id, e.occurred_at, count(*)
  FROM audit_event e
 WHERE e.written_at > now() - interval '29 days'
   AND e.kind IN (
       'registration.admitted', 'registration.refused', 'registration.follow_up_due',
       'registration.follow_up_overdue', 'registration.lapsing_soon', 'registration.lapsed', 'registration.expiring_soon', 'registration.expired', 'registration.superseded',
       'registration.transferred', 'registration.withdrawn', 'quota.used_up', 'quota.replenished', 'quota.month_opened', 'quota.drift_repaired', 'order.placed',
       'order.attributed', 'order.closed', 'order.cancelled', 'order.ruled', 'order.price_violation', 'dispute.opened',
       'dispute.statement_added', 'dispute.decided', 'approval.requested', 'approval.decided', 'approval.withdrawn',
       'approval.waiting', 'handover.finished', 'report.submitted', 'report.corrected', 'report.missed', 'staff.probing_suspected')
 GROUP BY e.alliance_id, e.kind, e.subject_id, e.occurred_at
HAVING count(*) <> (SELECT count(*) FROM outbox_event x
                     WHERE x.alliance_id = e.alliance_id AND x.event_type = e.kind
                       AND x.subject_id = e.subject_id AND x.occurred_at = e.occurred_at);

-- name: each event has its act
SELECT x.outbox_id
  FROM outbox_event x
 WHERE NOT EXISTS (SELECT FROM audit_event e
                    WHERE e.alliance_id = x.alliance_id AND e.kind = x.event_type
                      AND e.subject_id = x.subject_id AND e.occurred_at = x.occurred_at);

-- name: no delivery is left with a lease that ran out
SELECT delivery_id
  FROM webhook_delivery
 WHERE lease_until < now() - interval '60 seconds';

-- name: a delivery is of an event that its receiver was to be told of
SELECT d.delivery_id
  FROM webhook_delivery d
  JOIN webhook_subscription w ON w.alliance_id = d.alliance_id AND w.webhook_id = d.webhook_id
  LEFT JOIN outbox_event x ON x.alliance_id = d.alliance_id AND x.outbox_id = d.outbox_id
 WHERE NOT d.event_type = ANY (w.event_types)
    OR x.outbox_id IS NULL AND d.state IN ('PENDING', 'RETRYING')
    OR (x.event_id, x.event_type, x.subject_id) IS DISTINCT FROM (d.event_id, d.event_type, d.subject_id)
       AND x.outbox_id IS NOT NULL;

-- name: what was delivered was accepted by its receiver
SELECT d.delivery_id
  FROM webhook_delivery d
 WHERE d.state = 'DELIVERED'
   AND NOT EXISTS (SELECT FROM webhook_attempt a
                    WHERE a.alliance_id = d.alliance_id AND a.delivery_id = d.delivery_id AND a.failure IS NULL);

-- name: no event overtook another of its subject that nobody tried to deliver
SELECT later.delivery_id
  FROM webhook_delivery later
  JOIN webhook_delivery earlier ON earlier.alliance_id = later.alliance_id
                               AND earlier.webhook_id = later.webhook_id
                               AND earlier.subject_id = later.subject_id
                               AND earlier.outbox_id < later.outbox_id
 WHERE later.state = 'DELIVERED'
   AND earlier.state IN ('PENDING', 'RETRYING')
   AND NOT EXISTS (SELECT FROM webhook_attempt a
                    WHERE a.alliance_id = earlier.alliance_id AND a.delivery_id = earlier.delivery_id);

-- name: no tick is left open
SELECT job, period, attempts
  FROM job_tick
 WHERE done_at IS NULL
   AND parked_at IS NULL
   AND planned_at < now() - interval '60 seconds'
   AND (lease_until IS NULL OR lease_until < now() - interval '60 seconds')
   AND (retry_at IS NULL OR retry_at < now() - interval '60 seconds');

-- name: nothing is parked
SELECT job, period, outcome
  FROM job_tick
 WHERE parked_at IS NOT NULL;

-- name: a handover counts what became of its registrations
SELECT h.handover_id
  FROM handover h
  LEFT JOIN LATERAL (SELECT count(*) AS total, count(*) FILTER (WHERE i.outcome = 'MOVED') AS moved,
                            count(*) FILTER (WHERE i.outcome <> 'MOVED') AS skipped
                       FROM handover_item i
                      WHERE i.alliance_id = h.alliance_id AND i.handover_id = h.handover_id) AS n ON true
 WHERE (h.total, h.moved, h.skipped) <> (n.total, n.moved, n.skipped);

-- name: what a handover moved was transferred by it, once
SELECT i.handover_id, i.registration_id
  FROM handover_item i
 WHERE (i.outcome IS NOT DISTINCT FROM 'MOVED')::integer <> (
           SELECT count(*) FROM audit_event e
            WHERE e.alliance_id = i.alliance_id AND e.subject_id = i.registration_id
              AND e.kind = 'registration.transferred' AND e.detail->>'handover' = i.handover_id::text
              AND e.detail->>'to' = i.to_staff_id::text);
