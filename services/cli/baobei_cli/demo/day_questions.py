"""What the story asks in the course of a day: the day's sheet, what is to be done, classes, the month's figures."""

from typing import Final

from baobei_cli.demo.questions import (
    REFUSED,
    REGISTRATION,
    Answer,
    Json,
    Question,
    clause_of,
    refusal,
    standing,
)

_SHEET: Final = """
fragment Sheet on DailyReport {
  id state clause { number } recipients { code } copiedTo { code } intact recordedAfter
  lines { customer { name } entries { kind } }
  corrections { text }
}
"""


def _sheet(told: Json) -> Answer:
    report = told.get("report", told)
    if "state" not in report:
        return refusal(told)
    facts = {
        "report": report["state"],
        "clause": clause_of(report),
        "sent_to": tuple(person["code"] for person in report["recipients"]),
        "copied_to": tuple(person["code"] for person in report["copiedTo"]),
        "lines": tuple(
            (line["customer"]["name"], *(entry["kind"] for entry in line["entries"]))
            for line in report["lines"]
        ),
        "intact": report["intact"],
        "recorded_after": report["recordedAfter"],
        "corrections": tuple(correction["text"] for correction in report["corrections"]),
    }
    return Answer(facts=facts, record={"id": report["id"]})


def _tasks(told: Json) -> Answer:
    tasks = told["tasks"]
    return Answer(
        facts={"tasks": tuple((_customer(task), task["step"], task["dueAt"]) for task in tasks)},
        sentence="\n".join(f"{_customer(task)} · {task['explanation']}" for task in tasks),
    )


def _risks(told: Json) -> Answer:
    return Answer(
        facts={
            "at_risk": tuple(
                (_customer(claim), claim["what"], claim["at"], claim["hoursLeft"]) for claim in told["atRisk"]
            ),
            "news": tuple((news["order"]["externalRef"], news["verdict"]) for news in told["news"]),
        }
    )


def _customer(about: Json) -> str:
    name: str = about["registration"]["customer"]["name"]
    return name


def _classified(told: Json) -> Answer:
    if "registration" not in told:
        return refusal(told)
    worth = standing(told["registration"])
    return Answer(
        facts={"class": told["registration"]["customerClass"], **worth.facts},
        sentence=worth.sentence,
        record=worth.record,
    )


def _listed(told: Json) -> Answer:
    found = [edge["node"] for edge in told["edges"]]
    return Answer(
        facts={
            "found": tuple(
                (one["customer"]["name"], one["customerClass"], one["segment"], one["source"], one["need"])
                for one in found
            )
        }
    )


def _target(told: Json) -> Answer:
    if "target" not in told:
        return refusal(told)
    return Answer(facts={"unit": told["target"]["unit"]["code"], "target": told["target"]["amount"]})


def _of_a_person(told: Json) -> Answer:
    figures = _only(told)
    return Answer(
        facts={
            "registrations": figures["registered"],
            "lapsed": figures["lapsed"],
            "converted": figures["converted"],
            "met": figures["followUpComplianceBp"],
            "disputes": figures["disputes"],
            **_credited(figures),
        }
    )


def _of_many(told: Json) -> Answer:
    figures = _only(told)
    return Answer(
        facts={
            **_credited(figures),
            "target": figures["targetAmount"],
            "reached": figures["amountReachedBp"],
        }
    )


def _only(told: Json) -> Json:
    (edge,) = told["edges"]
    node: Json = edge["node"]
    return node


def _credited(figures: Json) -> dict[str, object]:
    return {"orders": figures["creditedOrders"], "credited": figures["creditedAmount"]}


SUBMIT: Final = Question(
    read=_sheet,
    document=f"""
    mutation ($unit: String!, $date: Date!, $remark: String, $language: Language!) {{
      answer: submitDailyReport(unitCode: $unit, date: $date, remark: $remark) {{
        ... on DailyReportRecorded {{ report {{ ...Sheet }} }} {REFUSED}
      }}
    }}"""
    + _SHEET,
)
CORRECT: Final = Question(
    read=_sheet,
    document=f"""
    mutation ($id: ID!, $text: String!, $language: Language!) {{
      answer: correctDailyReport(reportId: $id, text: $text) {{
        ... on DailyReportRecorded {{ report {{ ...Sheet }} }} {REFUSED}
      }}
    }}"""
    + _SHEET,
)
SHEET: Final = Question(
    read=_sheet,
    document="""
    query ($unit: String!, $date: Date!) { answer: dailyReport(unitCode: $unit, date: $date) { ...Sheet } }"""
    + _SHEET,
)
MY_TASKS: Final = Question(
    read=_tasks,
    document="""
    query ($language: Language!) { answer: myDay {
      tasks { step dueAt explanation(language: $language) registration { customer { name } } }
    } }""",
)
MY_RISKS: Final = Question(
    read=_risks,
    document="""
    query { answer: myDay {
      atRisk { what at hoursLeft registration { customer { name } } }
      news { verdict order { externalRef } }
    } }""",
)
CLASSIFY: Final = Question(
    read=_classified,
    document=f"""
    mutation ($input: ClassifyRegistrationInput!, $language: Language!, $at: DateTime) {{
      answer: classifyRegistration(input: $input) {{
        ... on RegistrationChanged {{ registration {{ ...Told customerClass }} }} {REFUSED}
      }}
    }}"""
    + REGISTRATION,
)
OF_CLASS: Final = Question(
    read=_listed,
    document="""
    query ($class: String!) { answer: registrations(filter: { customerClass: [$class] }) {
      edges { node { customer { name } customerClass segment source need } }
    } }""",
)
SET_TARGET: Final = Question(
    read=_target,
    document=f"""
    mutation ($input: SetTargetInput!, $language: Language!) {{
      answer: setTarget(input: $input) {{
        ... on TargetRecorded {{ target {{ unit {{ code }} amount }} }} {REFUSED}
      }}
    }}""",
)
OF_A_PERSON: Final = Question(
    read=_of_a_person,
    document="""
    query ($month: Date!, $staff: String) { answer: figures(month: $month, staffCode: $staff) {
      edges { node {
        registered lapsed converted followUpComplianceBp disputes creditedOrders creditedAmount
      } }
    } }""",
)
OF_MANY: Final = Question(
    read=_of_many,
    document="""
    query ($month: Date!, $by: FigureGroup!, $unit: String) {
      answer: figures(month: $month, groupBy: $by, unitCode: $unit) {
        edges { node { creditedOrders creditedAmount targetAmount amountReachedBp } }
      }
    }""",
)
