"""The GraphQL documents that the CLI sends: names, arguments and fields as public (clients.md section 3)."""

from __future__ import annotations

from typing import Final

ORGANIZATION: Final = """
query TranscendCliOrganization {
  organization {
    sombra { id customerUrl }
    sombras { id customerUrl }
  }
}"""

SOMBRA_VERSION: Final = """
query TranscendSombraVersion {
  organization { sombra { version } }
}"""

REQUESTS_COUNT: Final = """
query TranscendCliRequestsCount($filterBy: RequestFiltersInput!) {
  requests(filterBy: $filterBy, first: 0, useMaster: false) { totalCount }
}"""

REQUESTS: Final = """
query TranscendCliRequests($first: Int!, $after: String, $filterBy: RequestFiltersInput!) {
  requests(
    filterBy: $filterBy
    first: $first
    after: $after
    orderBy: [{ field: createdAt, direction: ASC }, { field: id, direction: ASC }]
    useMaster: false
  ) {
    nodes {
      id createdAt email link status details isTest locale origin isSilent coreIdentifier daysRemaining
      successfullyCompletedAt type subjectType country countrySubDivision
      purpose {
        title
        name
        consent
        enrichedPreferences {
          topic
          selectValues { id name preferenceOption { id slug title { defaultMessage } } }
          selectValue { id name }
          selectValue { id name }
          preferenceTopic { title { defaultMessage } id slug }
          name
          id
          booleanValue
        }
      }
      attributeValues { id name attributeKey { id name } }
    }
    pageInfo { endCursor hasNextPage }
  }
}"""

APPROVE: Final = """
mutation TranscendCliApprovePrivacyRequest($input: CommunicationInput!) {
  approveRequest(input: $input) { request { id } }
}"""

CANCEL: Final = """
mutation TranscendCliCancelPrivacyRequest($input: CommunicationInput!) {
  cancelRequest(input: $input) { request { id } }
}"""

UPDATE: Final = """
mutation TranscendCliUpdatePrivacyRequest($input: UpdateRequestInput!) {
  updateRequest(input: $input) { request { id } }
}"""

NOTIFY: Final = """
mutation TranscendCliNotifyAdditionalTime($input: AdditionalTimeInput!) {
  notifyAdditionalTime(input: $input) { clientMutationId }
}"""

TEMPLATES: Final = """
query TranscendCliTemplates($title: String, $first: Int!, $offset: Int!) {
  templates(filterBy: { text: $title }, first: $first, offset: $offset, useMaster: false) {
    nodes { id title subject { defaultMessage } template { defaultMessage } }
  }
}"""

ATTRIBUTE_KEYS: Final = """
query TranscendCliAttributeKeys($first: Int!, $offset: Int!) {
  attributeKeys(filterBy: { enabledOn: [request] }, first: $first, useMaster: false, offset: $offset) {
    nodes { id name type }
  }
}"""

INITIALIZER: Final = """
query TranscendCliInitializer {
  initializer { id identifiers { name } }
}"""

DATA_SUBJECTS: Final = """
query TranscendCliDataSubjects {
  internalSubjects {
    id title { defaultMessage } active type adminDashboardDefaultSilentMode supportsAuthorizedAgent actions { type }
  }
}"""

REQUEST_ENRICHERS: Final = """
query TranscendCliRequestEnrichers($first: Int!, $offset: Int!, $requestId: ID!) {
  requestEnrichers(
    input: { requestId: $requestId }
    first: $first
    offset: $offset
    useMaster: false
    orderBy: [{ field: createdAt, direction: ASC }, { field: title, direction: ASC, model: enricher }]
  ) {
    nodes { id status enricher { id type title } }
    totalCount
  }
}"""

REDUCED_COUNT: Final = """
query TranscendCliListReducedRequestsForDataSiloCount($input: BulkCompletionReducedRequestInput!) {
  listReducedRequestsForDataSilo(input: $input) { totalCount }
}"""

BULK_FILES: Final = """
query TranscendCliBulkRequestFiles($filterBy: BulkRequestFilesFiltersInput!, $first: Int!, $after: String) {
  bulkRequestFiles(filterBy: $filterBy, first: $first, after: $after) {
    nodes { remoteId fileName }
    pageInfo { hasNextPage endCursor }
  }
}"""

REQUEST_FILES: Final = """
query TranscendCliRequestFiles($first: Int!, $offset: Int!, $filterBy: RequestFileFiltersInput!) {
  requestFiles(
    filterBy: $filterBy
    first: $first
    offset: $offset
    orderBy: [{ field: createdAt, direction: ASC }, { field: id, direction: ASC }]
  ) {
    nodes { remoteId fileName }
  }
}"""
