"""The digest of a daily report: keyed, over all that stands on the sheet in clear.

Whoever has the database alone can neither try customers against it nor make another one fit.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from baobei.operations.actor import Office
from baobei.operations.disclosure import opened_contact, opened_text
from baobei.store.registration_models import Contact
from baobei.store.report_models import FrozenLine, ReportEntry, ReportLine, SubmittedReport
from baobei.vault import SealedContact, SealedText


def line_digest(office: Office, alliance_id: int, line: ReportLine, contact: SealedContact) -> bytes | None:
    """Return the digest of a line with its entries, None when something on it was erased."""
    customer = opened_contact(office.vault, alliance_id, contact)
    if customer is None or any(map(_is_erased, [line.need, *(entry.note for entry in line.entries)])):
        return None
    return _keyed(office, alliance_id, "line", _said_of(office, alliance_id, line, customer))


def report_digest(office: Office, alliance_id: int, report: SubmittedReport, lines: Sequence[bytes]) -> bytes:
    """Return the digest of a report over those of its lines, in order."""
    said = {
        "unit": str(report.unit_id),
        "day": report.day.isoformat(),
        "closes_at": report.closes_at.isoformat(),
        "submitted_at": report.submitted_at.isoformat(),
        "submitted_by": str(report.submitted_by_id),
        "remark": None if report.remark is None else str(report.remark.id),
        "lines": [digest.hex() for digest in lines],
    }
    return _keyed(office, alliance_id, "report", said)


def is_intact(
    office: Office,
    alliance_id: int,
    report: SubmittedReport,
    frozen: Sequence[FrozenLine],
    contacts: Mapping[UUID, SealedContact],
) -> bool:
    """Whether a report is as it was submitted; of what was erased since, that its digest is the one of then."""
    if report_digest(office, alliance_id, report, [each.digest for each in frozen]) != report.digest:
        return False
    computed = [
        (line_digest(office, alliance_id, each.line, contacts[each.line.contact_id]), each.digest)
        for each in frozen
    ]
    return all(found in (None, kept) for found, kept in computed)


def _said_of(office: Office, alliance_id: int, line: ReportLine, customer: Contact) -> dict[str, Any]:
    due = line.follow_up_due_at
    return {
        "registration": str(line.registration_id),
        "name": customer.name,
        "phone": customer.phone,
        "address": customer.address,
        "source": line.source,
        "need": _opened(office, alliance_id, line.need),
        "status": line.status.value,
        "follow_up_due_at": None if due is None else due.isoformat(),
        "days_left": line.days_left,
        "entries": [_entry(office, alliance_id, entry) for entry in line.entries],
    }


def _entry(office: Office, alliance_id: int, entry: ReportEntry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "record": str(entry.record_id),
        "at": entry.recorded_at.isoformat(),
        "by": str(entry.recorded_by_id),
        "name": entry.recorded_by_name,
        "said": _opened(office, alliance_id, entry.note),
    }


def _opened(office: Office, alliance_id: int, text: SealedText | None) -> str | None:
    return None if text is None else opened_text(office.vault, alliance_id, text)


def _is_erased(text: SealedText | None) -> bool:
    return text is not None and text.sealed is None and text.clear is None


def _keyed(office: Office, alliance_id: int, what: str, said: dict[str, Any]) -> bytes:
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return office.vault.keyed_digest(f"daily report {what} {canonical}", alliance_id=alliance_id)
