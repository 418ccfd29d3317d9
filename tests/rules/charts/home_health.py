"""Home health care: what the charts hold, and what a reader finds."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import measure, note, problem, visit

CASES = (
    Case(
        name="met",
        asked=("hcpcs", "G0299"),
        denial="Homebound status and skilled need are not documented.",
        diagnoses=("L97.412",),
        answered=True,
        resources=(
            problem("Diabetic ulcer of right heel", since="2026-10-02", icd10="L97.412"),
            visit("Office visit, wound clinic", on="2026-11-09", why="Heel ulcer"),
            measure("Wound length", 3.8, "cm", on="2026-11-09"),
            note(
                """
                Homebound: leaves the house only for medical visits, needs a wheelchair and one person, exhausting.
                Heel ulcer 3.8 x 2.9 cm, worsening over two weeks.
                Skilled nursing 3 times a week for 6 weeks for wound packing and teaching.
                I certify the plan of care.
                """,
                on="2026-11-09",
                title="Wound clinic note",
            ),
        ),
        expected={"homebound": MET, "skilled": MET, "seen": MET, "condition": MET, "plan": MET},
    ),
    Case(
        name="unmet",
        asked="Home health aide and nursing visits",
        denial="Member is not homebound; care is custodial; condition is stable.",
        diagnoses=("M15.9",),
        answered=False,
        resources=(
            problem("Generalized osteoarthritis", since="2015-01-01", icd10="M15.9"),
            note(
                """
                Drives herself to the senior center twice a week.
                Wants an aide: needs only help with housekeeping. No skilled needs.
                Medically stable, no changes for years.
                """,
                on="2026-05-15",
                title="Annual visit",
            ),
            note("Drives daily. Needs only help with shopping, custodial in nature.", on="2026-10-15"),
        ),
        expected={"homebound": UNMET, "skilled": UNMET, "seen": SILENT, "condition": UNMET, "plan": SILENT},
    ),
    Case(
        name="contradictory",
        asked="Home physical therapy and nursing visits (home health)",
        denial="Documentation conflicts on whether the patient can leave home.",
        diagnoses=("I50.23",),
        resources=(
            problem("Acute on chronic systolic heart failure", since="2026-10-20", icd10="I50.23"),
            note("Drives his car to the store most days.", on="2026-09-01", title="Cardiology, before admission"),
            visit("Hospital encounter", on="2026-10-20", why="Dyspnea"),
            note(
                """
                Discharged home after 8 days for decompensated heart failure.
                Short of breath after 20 feet; leaving home is a taxing effort and takes a walker and his son.
                Nurse twice a week for 4 weeks: weight checks, diuretic titration teaching. Home PT for gait training.
                """,
                on="2026-10-29",
                title="Discharge summary",
            ),
        ),
        expected={"homebound": MET, "skilled": MET, "seen": MET, "condition": MET, "plan": MET},
    ),
)
