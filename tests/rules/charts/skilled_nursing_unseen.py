"""Skilled nursing facility stay, in other words: written after the rules, answered before they ran."""

from tests.rules.charts import MET, SILENT, UNMET, Case
from tests.rules.charts.write import note, problem

SERVICE = "skilled_nursing"
CASES = (
    Case(
        name="unseen_pt_note",
        asked="SNF placement",
        denial="Member does not require skilled nursing facility level of care.",
        diagnoses=("J18.9",),
        resources=(
            problem("Pneumonia", since="2026-11-06", icd10="J18.9"),
            note(
                """
                HD 8. Bed mobility modA, sit-to-stand modA x2, gait 15 ft RW with 2 rest breaks. SpO2 drops to 86.
                PLOF: I with all ADLs, drove, lived with spouse.
                Pt motivated, tolerating 30 min sessions.
                D/C rec: SNF for PT/OT 5x/wk. Est. 2-3 wks to modified independent level.
                """,
                on="2026-11-14",
                title="PT daily note",
            ),
            note("Spouse uses a walker herself and is unable to assist with transfers.", on="2026-11-14", title="SW"),
        ),
        expected={
            "stay": MET,
            "skilled": MET,
            "function": MET,
            "before": MET,
            "gain": MET,
            "practical": MET,
            "goal": MET,
        },
    ),
    Case(
        name="unseen_wound",
        asked="Skilled nursing facility admission for wound care",
        denial="Skilled need not daily; home health can do it.",
        diagnoses=("L89.154",),
        resources=(
            note(
                """
                Stage IV sacral pressure injury with wound vac, dressing every 48 hours, IV ertapenem daily until
                December 20. Admitted for 11 days. Paraplegic at baseline, wheelchair.
                Home is a camper without running water; no caregiver.
                """,
                on="2026-11-18",
                title="Transition of care",
            ),
        ),
        expected={
            "stay": MET,
            "skilled": MET,
            "function": SILENT,
            "before": MET,
            "gain": SILENT,
            "practical": MET,
            "goal": SILENT,
        },
    ),
    Case(
        name="unseen_well",
        asked="Subacute rehab",
        denial="Function does not support a facility stay.",
        diagnoses=("Z47.1",),
        resources=(
            note(
                """
                POD 2 TKA. Ambulating 300 feet with rolling walker, supervision level. Stairs x10 with rail.
                Husband at home and able to help. Patient prefers rehab facility.
                PT recommends home with outpatient PT.
                """,
                on="2026-11-19",
                title="PT eval",
            ),
        ),
        expected={
            "stay": SILENT,
            "skilled": SILENT,
            "function": UNMET,
            "before": SILENT,
            "gain": SILENT,
            "practical": UNMET,
            "goal": SILENT,
        },
    ),
    Case(
        name="fresh_stroke",
        asked="Skilled nursing facility",
        denial="Lower level of care recommended.",
        diagnoses=("I63.512",),
        resources=(
            note(
                """
                Admitted 11/04 with left MCA stroke. Speech therapy daily for dysphagia, tube feeding via PEG.
                Requires maximal assistance for all transfers.
                Before the stroke she was gardening and living on her own.
                Works hard in therapy, now sits at the edge of the bed for 10 minutes.
                Son works nights and cannot provide 24-hour care. Goals: transfers with one person within 4 weeks.
                """,
                on="2026-11-17",
                title="Physiatry consult",
            ),
        ),
        expected={
            "stay": SILENT,
            "skilled": MET,
            "function": MET,
            "before": MET,
            "gain": MET,
            "practical": MET,
            "goal": MET,
        },
    ),
)
