"""What the charts measure more than once: a short name, our own words, a unit, and a LOINC code where one is sure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """Something measured more than once; system None means a local code (the short name)."""

    name: str
    text: str
    unit: str
    ucum: str
    loinc: str | None = None
    category: str = "survey"


ODI = Measure("odi", "Oswestry disability index", "%", "%")
PAIN = Measure("pain", "Pain, 0 to 10", "score", "{score}", "72514-3")
WALK = Measure("walking-distance", "Walking distance before stopping", "m", "m", category="exam")
WEIGHT = Measure("weight", "Body weight", "kg", "kg", "29463-7", "vital-signs")
HEIGHT = Measure("height", "Body height", "cm", "cm", "8302-2", "vital-signs")
BMI = Measure("bmi", "Body mass index", "kg/m2", "kg/m2", "39156-5", "vital-signs")
CRP = Measure("crp", "C-reactive protein", "mg/L", "mg/L", "1988-5", "laboratory")
CALPROTECTIN = Measure("calprotectin", "Calprotectin in stool", "ug/g", "ug/g", "38445-3", "laboratory")
ALBUMIN = Measure("albumin", "Albumin in serum", "g/dL", "g/dL", "1751-7", "laboratory")
HEMOGLOBIN = Measure("hemoglobin", "Hemoglobin in blood", "g/dL", "g/dL", "718-7", "laboratory")
CREATININE = Measure("creatinine", "Creatinine in serum", "mg/dL", "mg/dL", "2160-0", "laboratory")
CEA = Measure("cea", "Carcinoembryonic antigen", "ng/mL", "ng/mL", "2039-6", "laboratory")
ECOG = Measure("ecog", "ECOG performance status", "score", "{score}", "89247-1")
PHQ9 = Measure("phq9", "PHQ-9 total", "score", "{score}", "44261-6")
STOOLS = Measure("stools", "Loose stools a day", "per day", "/d")
KNEE = Measure("knee-function", "Knee function, 0 to 100", "score", "{score}")
GAIT = Measure("gait-speed", "Walking speed over four metres", "m/s", "m/s", category="exam")
