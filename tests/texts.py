"""
Denial texts as payers write them, in our own words: (kind, text); `a_letter` puts one among a letter's other parts.

Written from the rules (facts A.7) before the cues were, so that they measure more than memory.
"""

HEAD = """NORTHVALE HEALTH PLAN
Utilization Management Department

Date: November 18, 2026
Member Name: Test Person
Member ID: NVH0099887
Case Number: CS-2026-44817
Provider: Riverbend Orthopedics
Requested Service: CPT 63047
Diagnosis: M48.061

Dear Provider:

We have completed our review of the request for prior authorization listed above.

"""
TAIL = """

This decision is based on the member's plan documents and the information available to us at the time of the review.
This letter does not mean that you cannot receive the service; that decision is between you and your doctor.

Peer-to-Peer Review
The treating physician may discuss this determination with a medical director by calling 1-800-555-0142 within 5
business days of the date of this letter.

Your Appeal Rights
You have the right to appeal this decision within 180 calendar days of receiving this letter. If your doctor believes
that waiting could harm your health, you may ask for an expedited appeal. Please include medical records or other
information that supports the medical necessity of the service. You can get, free of charge, copies of the criteria
and the benefit provision on which the decision was based.

Definitions
"Medically Necessary" means services that are not experimental or investigational and that are not provided for
convenience. Excluded services are those not covered under your benefit plan.

Sincerely,
Utilization Management
"""


def a_letter(reason):
    """Return a whole letter around a reason, with the call, the appeal and the definitions that letters carry."""
    return HEAD + reason + TAIL


DENIED = (
    (
        "clinical",
        "The request is denied. The records do not show that you have tried at least six weeks of physical "
        "therapy, which our guideline asks for before surgery.",
    ),
    (
        "clinical",
        "We cannot approve this request because the clinical information does not demonstrate that the "
        "service is medically necessary.",
    ),
    (
        "clinical",
        "Your request for inpatient admission has been denied. Your condition could be treated safely in "
        "observation status.",
    ),
    (
        "clinical",
        "Coverage for this medication is denied: you have not tried and failed methotrexate or another "
        "preferred drug first.",
    ),
    (
        "clinical",
        "This request does not meet the criteria of our medical policy for lumbar fusion, because instability"
        " was not shown on imaging.",
    ),
    (
        "clinical",
        "We are denying the additional 12 visits. The notes show that no further progress is expected, and "
        "care has become maintenance.",
    ),
    ("clinical", "The dose requested is higher than the dose supported for this diagnosis and is not approved."),
    (
        "clinical",
        "Acute inpatient rehabilitation is not approved. The member can be treated at a lower level of care "
        "such as a skilled nursing facility.",
    ),
    (
        "clinical",
        "The request for continued stay is denied as of November 16. Continued hospital care is no longer "
        "necessary since the member is stable.",
    ),
    (
        "clinical",
        "Based on MCG criteria, advanced imaging is not indicated at this time. The request is not certified.",
    ),
    (
        "experimental",
        "We have denied coverage because the procedure is considered experimental and investigational for "
        "this condition.",
    ),
    (
        "experimental",
        "The request is denied. The test is unproven: there is not enough evidence in peer-reviewed "
        "literature that it improves health outcomes.",
    ),
    (
        "experimental",
        "This use of the drug is not FDA approved and is not supported by the compendia, so the request "
        "cannot be approved.",
    ),
    (
        "benefit",
        "We are unable to approve this request because weight loss surgery is specifically excluded under "
        "your benefit plan.",
    ),
    (
        "benefit",
        "Hearing aids are not a covered benefit of your plan. The request is denied. This was not a decision "
        "about medical necessity.",
    ),
    (
        "benefit",
        "The request is denied: the maximum of 20 chiropractic visits for this calendar year has been used.",
    ),
    ("benefit", "Denied. Your contract does not cover services for infertility."),
    (
        "benefit",
        "Your plan does not include coverage for over-the-counter supplies; therefore the request is denied.",
    ),
    ("benefit", "This service is considered cosmetic and is excluded by the terms of the policy."),
    (
        "eligibility",
        "The request is denied since the member's coverage ended on October 31 and was not active on the date"
        " of service.",
    ),
    ("eligibility", "We cannot process this request because the patient is not enrolled in our plan."),
    (
        "eligibility",
        "Our records show that another insurance is primary. Please send the request to that carrier. Denied.",
    ),
    (
        "network",
        "The request is denied because the provider does not participate in the member's network and in-"
        "network providers are available.",
    ),
    (
        "network",
        "Denied: services from an out-of-network facility require plan approval, and the plan has contracted "
        "facilities that can provide this care.",
    ),
    ("administrative", "Denied: prior authorization was not requested before the service was given."),
    ("administrative", "This request is a duplicate of a request that we have already processed."),
    ("administrative", "The request was denied because it was received after the filing deadline."),
    (
        "administrative",
        "The procedure code submitted is invalid for the date of service. Please correct the code and resubmit.",
    ),
    (
        "administrative",
        "We denied the request since the required referral from the primary care physician is missing.",
    ),
    (
        "administrative",
        "The facility failed to notify us of the admission within one business day; payment for the stay is "
        "denied administratively.",
    ),
    (
        "documents",
        "We asked for clinical records on November 10 and did not receive them. The request is denied for "
        "lack of information.",
    ),
    ("documents", "The request is denied because the documentation we need to make a decision was not submitted."),
    ("none", "Your request has been denied."),
    ("none", "After careful consideration we have made an adverse determination on this request."),
    (
        "clinical",
        "Determination: Adverse. Rationale: This is a 62 year old with low back pain. Records lack evidence "
        "of instability or neurologic deficit. Therefore the requested fusion is not supported.",
    ),
    (
        "clinical",
        "The requested MRI of the knee is not certified. Per vendor guidelines, recent plain films and a six-"
        "week trial of provider-directed treatment are needed before advanced imaging.",
    ),
    (
        "clinical",
        "Your doctor asked for a power wheelchair. Our medical director found that you can walk safely with a"
        " walker, so you do not need this equipment. We denied the request.",
    ),
    (
        "clinical",
        "Skilled nursing facility stay denied effective 11/20: member ambulating 150 feet with supervision "
        "and no longer has daily skilled needs.",
    ),
    (
        "clinical",
        "Genetic testing denied. You do not have the personal or family history that our policy requires for "
        "this test.",
    ),
    (
        "clinical",
        "Request for brand name drug denied because a generic equivalent is available and has not been tried.",
    ),
    ("clinical", "The admission does not meet inpatient level of care. Observation would have been appropriate."),
    ("clinical", "Coverage is denied for lack of medical necessity."),
    (
        "clinical",
        "Home health aide hours are reduced from 40 to 25 per week since your needs can be met with fewer "
        "hours. The remaining hours are denied.",
    ),
    ("clinical", "The information provided doesn't show a severe enough sleep apnea to justify surgery. Denied."),
    (
        "clinical",
        "Denied: the patient's BMI and comorbidities do not satisfy the requirements in our bariatric surgery"
        " guideline.",
    ),
    (
        "clinical",
        "Concurrent review: days beyond 11/14 not approved, clinical status would allow a lower level of care.",
    ),
    (
        "clinical",
        "There is no clinical reason given why the procedure must be done in a hospital instead of an "
        "ambulatory surgery center. Denied.",
    ),
    (
        "clinical",
        "Infusion at a hospital outpatient department is not approved; home infusion is an appropriate "
        "alternative site.",
    ),
    (
        "experimental",
        "The device is investigational. Long-term outcomes are unknown, and the request is therefore denied.",
    ),
    (
        "experimental",
        "Denied - there are no well-designed studies showing that this therapy works for your condition.",
    ),
    (
        "experimental",
        "We don't cover this test because medical studies have not proven it helps patients with your disease.",
    ),
    (
        "experimental",
        "Off-label use of this medicine for migraine is not supported by recognised compendia. Not approved.",
    ),
    (
        "benefit",
        "This is a benefit denial. Acupuncture is listed under Exclusions in your Evidence of Coverage, page 61.",
    ),
    ("benefit", "Denied. Your dental benefit does not include implants."),
    (
        "benefit",
        "You have already received the 30 speech therapy visits your plan allows each year. We cannot approve more.",
    ),
    ("benefit", "We denied your request for a gym membership. It is not a benefit under Medicaid."),
    ("benefit", "Private duty nursing isn't covered by your health plan. Denied."),
    ("benefit", "Weight loss drugs are excluded from the pharmacy benefit, regardless of medical necessity."),
    ("benefit", "Your employer chose not to cover fertility preservation. For that reason the request is denied."),
    ("eligibility", "Denied: member not eligible on the requested date of service."),
    ("eligibility", "Your coverage with us terminated September 30, so we cannot authorize this."),
    ("eligibility", "Medicare is the primary payer for this patient. Submit to Medicare first. Request rejected."),
    ("eligibility", "Rejected. Subscriber ID cannot be found in our system."),
    (
        "network",
        "The surgeon is not contracted with the plan. There are network surgeons within 20 miles. Request denied.",
    ),
    ("network", "Out-of-network request denied: no gap exception is warranted."),
    ("network", "Denied - servicing provider is non-par."),
    ("administrative", "Rejected: duplicate of auth 7781203."),
    (
        "administrative",
        "Retrospective request received 45 days after discharge. Such requests must be received within 10 "
        "days. Denied.",
    ),
    ("administrative", "No precert on file. Claim denied."),
    ("administrative", "Request voided by payer: wrong CPT/modifier combination. Correct and send again. Denied."),
    ("administrative", "Denied administratively: no notification of admission within 24 hours."),
    ("administrative", "Referral from PCP required and not on file. Denied."),
    ("documents", "Denied: clinicals never received despite two requests."),
    (
        "documents",
        "We could not make a decision because your doctor did not send us the records we asked for. Denied.",
    ),
    (
        "documents",
        "Insufficient information to render a determination. Please fax the last three office notes. Denied.",
    ),
    ("none", "NOTICE OF DENIAL OF MEDICAL COVERAGE. We have denied the services listed below."),
    ("none", "Auth request status: Denied."),
    (
        "clinical",
        "We reviewed your request for an MRI of the lumbar spine. You have had pain for two weeks. Guidelines"
        " recommend that you complete a course of home exercise before imaging. For this reason, we cannot "
        "approve the MRI.",
    ),
    ("clinical", "Denial reason: medical necessity not established."),
    ("clinical", "Clinical denial. Reviewer states patient does not meet InterQual for inpatient; recommend OBS."),
    (
        "clinical",
        "Your request for adalimumab was not approved. The plan's rules say you need to try two of the "
        "following medicines: methotrexate, sulfasalazine, leflunomide.",
    ),
    (
        "clinical",
        "The proposed frequency of psychotherapy (five times a week) is more than generally accepted "
        "standards support for this level of symptoms. Partial hospitalization is therefore not authorized.",
    ),
    ("clinical", "This level of treatment is not needed for your condition at this time."),
    ("clinical", "Denied: less invasive options have not been exhausted."),
    (
        "clinical",
        "Your blood test results do not show the degree of iron deficiency that intravenous iron calls for. "
        "The request is denied.",
    ),
    (
        "clinical",
        "The panel was asked for without a documented change in symptoms since the last scan, so repeat "
        "imaging is not certified.",
    ),
    ("clinical", "Extended stay denied; patient met discharge criteria on hospital day 3."),
    (
        "clinical",
        "The prescriber did not show why the preferred product cannot be used. Prior authorization denied.",
    ),
    (
        "experimental",
        "We consider this procedure to be under investigation. Its safety and effectiveness have not been "
        "established. Denied.",
    ),
    (
        "experimental",
        "Coverage denied. Peer reviewed evidence is insufficient to show improved outcomes with this technology.",
    ),
    (
        "experimental",
        "Proton beam for this tumor type is experimental/investigational/unproven (EIU) per policy. Not approved.",
    ),
    ("benefit", "Your plan has a $1,500 annual limit for orthotics and it has been met. Request denied."),
    ("benefit", "Non-covered benefit: massage therapy. Denied."),
    ("benefit", "We can't approve this because adult vision hardware is not part of your benefits."),
    (
        "benefit",
        "Under section 7 of your Certificate of Coverage, services for weight reduction are an exclusion. We "
        "must deny the request even though your physician recommends the surgery.",
    ),
    ("benefit", "Benefit exhausted - SNF days 100/100 used. Denied."),
    ("benefit", "The group contract excludes travel immunizations."),
    ("eligibility", "Patient's insurance was inactive on the requested dates. Rejected."),
    ("eligibility", "Denied. Member termed 8/31."),
    ("eligibility", "This member has other primary coverage (COB). Resubmit with primary EOB. Denied."),
    (
        "eligibility",
        "The newborn has not been added to the subscriber's policy; eligibility could not be verified. Denied.",
    ),
    ("network", "Provider not in network. Redirect to participating facility. Denied."),
    (
        "network",
        "Your plan only covers care from network doctors, except in an emergency. Dr. Poe is not a network "
        "doctor. Denied.",
    ),
    ("administrative", "Denied for no prior authorization. Service was rendered on 11/2."),
    ("administrative", "Missing modifier. Claim rejected."),
    ("administrative", "An identical authorization already exists for these dates. Denied as duplicate."),
    ("administrative", "Appeal denied as untimely: it was filed 200 days after the notice."),
    ("documents", "Denied - lack of clinical information. Fax 800-555-0199."),
    ("documents", "We requested additional records on 11/3 and 11/9; none were received. Denied."),
    ("none", "REQUEST STATUS: NOT CERTIFIED"),
)

OTHER = (
    (
        "pending",
        "Your request is pending. We need more time to make a decision and will let you know by December 2.",
    ),
    (
        "pending",
        "We intend to deny this request. Before we issue the decision, the ordering physician may call our "
        "medical director.",
    ),
    ("not_needed", "Prior authorization is not required for this service. No action is needed."),
    ("not_a_denial", "Thank you for choosing us. Our office will be closed on Thursday."),
    ("not_a_denial", "Your request has been approved for 12 visits from December 1 through March 1."),
    (
        "payment",
        "The allowed amount was reduced according to the fee schedule; the balance is the patient's deductible.",
    ),
    ("documents", "Your request is pended. Please send the operative report and recent imaging within 14 days."),
    ("pending", "Status: pending clinical review."),
    ("pending", "We have not made a decision yet. We expect to finish by Friday."),
    (
        "pending",
        "This is a courtesy call to say the reviewer is leaning towards denial and will deny on Monday unless"
        " there is a peer to peer. Potential denial.",
    ),
    ("not_needed", "Code 73721 does not require prior authorization for this member."),
    ("not_a_denial", "Approved. Authorization number A12345, valid 12/1 to 3/1."),
    ("not_a_denial", "Agenda for the monthly provider meeting: parking, holiday schedule, new fax number."),
    ("payment", "Charge exceeds contracted rate; patient may not be balance billed."),
    ("payment", "Claim paid at 80% after deductible."),
    ("pending", "Your authorization is in review with our clinical team."),
    ("not_needed", "No PA required for 99213."),
    ("not_a_denial", "Authorization granted: 1 unit 70553."),
    ("not_a_denial", "Explanation of how to reset your portal password."),
    ("payment", "Reimbursement adjusted to the contracted fee schedule amount."),
    ("documents", "Pended for additional clinical information; please fax MRI report by Friday."),
)
