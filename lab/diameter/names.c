#include "lab/diameter/names.h"

#include "lab/base/slice.h"

static const struct {
  RdAvpId id;
  const char *name;
} avps[] = {
    {RD_AVP_USER_NAME, "User-Name"},
    {RD_AVP_HOST_IP_ADDRESS, "Host-IP-Address"},
    {RD_AVP_AUTH_APPLICATION_ID, "Auth-Application-Id"},
    {RD_AVP_VENDOR_SPECIFIC_APPLICATION_ID, "Vendor-Specific-Application-Id"},
    {RD_AVP_SESSION_ID, "Session-Id"},
    {RD_AVP_ORIGIN_HOST, "Origin-Host"},
    {RD_AVP_SUPPORTED_VENDOR_ID, "Supported-Vendor-Id"},
    {RD_AVP_VENDOR_ID, "Vendor-Id"},
    {RD_AVP_FIRMWARE_REVISION, "Firmware-Revision"},
    {RD_AVP_RESULT_CODE, "Result-Code"},
    {RD_AVP_PRODUCT_NAME, "Product-Name"},
    {RD_AVP_DISCONNECT_CAUSE, "Disconnect-Cause"},
    {RD_AVP_AUTH_SESSION_STATE, "Auth-Session-State"},
    {RD_AVP_ORIGIN_STATE_ID, "Origin-State-Id"},
    {RD_AVP_FAILED_AVP, "Failed-AVP"},
    {RD_AVP_ERROR_MESSAGE, "Error-Message"},
    {RD_AVP_ROUTE_RECORD, "Route-Record"},
    {RD_AVP_DESTINATION_REALM, "Destination-Realm"},
    {RD_AVP_PROXY_INFO, "Proxy-Info"},
    {RD_AVP_DESTINATION_HOST, "Destination-Host"},
    {RD_AVP_ORIGIN_REALM, "Origin-Realm"},
    {RD_AVP_EXPERIMENTAL_RESULT, "Experimental-Result"},
    {RD_AVP_EXPERIMENTAL_RESULT_CODE, "Experimental-Result-Code"},
    {RD_AVP_DIGEST_REALM, "Digest-Realm"},
    {RD_AVP_DIGEST_QOP, "Digest-QoP"},
    {RD_AVP_DIGEST_ALGORITHM, "Digest-Algorithm"},
    {RD_AVP_DIGEST_HA1, "Digest-HA1"},
    {RD_AVP_VISITED_NETWORK_IDENTIFIER, "Visited-Network-Identifier"},
    {RD_AVP_PUBLIC_IDENTITY, "Public-Identity"},
    {RD_AVP_SERVER_NAME, "Server-Name"},
    {RD_AVP_SERVER_CAPABILITIES, "Server-Capabilities"},
    {RD_AVP_MANDATORY_CAPABILITY, "Mandatory-Capability"},
    {RD_AVP_CX_USER_DATA, "User-Data"},
    {RD_AVP_SIP_NUMBER_AUTH_ITEMS, "SIP-Number-Auth-Items"},
    {RD_AVP_SIP_AUTHENTICATION_SCHEME, "SIP-Authentication-Scheme"},
    {RD_AVP_SIP_AUTHENTICATE, "SIP-Authenticate"},
    {RD_AVP_SIP_AUTHORIZATION, "SIP-Authorization"},
    {RD_AVP_SIP_AUTH_DATA_ITEM, "SIP-Auth-Data-Item"},
    {RD_AVP_SIP_ITEM_NUMBER, "SIP-Item-Number"},
    {RD_AVP_SERVER_ASSIGNMENT_TYPE, "Server-Assignment-Type"},
    {RD_AVP_DEREGISTRATION_REASON, "Deregistration-Reason"},
    {RD_AVP_REASON_CODE, "Reason-Code"},
    {RD_AVP_REASON_INFO, "Reason-Info"},
    {RD_AVP_CHARGING_INFORMATION, "Charging-Information"},
    {RD_AVP_PRIMARY_EVENT_CHARGING_FUNCTION_NAME, "Primary-Event-Charging-Function-Name"},
    {RD_AVP_PRIMARY_CHARGING_COLLECTION_FUNCTION_NAME, "Primary-Charging-Collection-Function-Name"},
    {RD_AVP_USER_AUTHORIZATION_TYPE, "User-Authorization-Type"},
    {RD_AVP_USER_DATA_ALREADY_AVAILABLE, "User-Data-Already-Available"},
    {RD_AVP_CONFIDENTIALITY_KEY, "Confidentiality-Key"},
    {RD_AVP_INTEGRITY_KEY, "Integrity-Key"},
    {RD_AVP_SUPPORTED_FEATURES, "Supported-Features"},
    {RD_AVP_ASSOCIATED_IDENTITIES, "Associated-Identities"},
    {RD_AVP_ORIGINATING_REQUEST, "Originating-Request"},
    {RD_AVP_SIP_DIGEST_AUTHENTICATE, "SIP-Digest-Authenticate"},
};

static const struct {
  uint32_t code;
  const char *request, *answer;
} commands[] = {
    {RD_DIA_CAPABILITIES_EXCHANGE, "CER", "CEA"}, {RD_DIA_DEVICE_WATCHDOG, "DWR", "DWA"},
    {RD_DIA_DISCONNECT_PEER, "DPR", "DPA"},       {RD_DIA_USER_AUTHORIZATION, "UAR", "UAA"},
    {RD_DIA_SERVER_ASSIGNMENT, "SAR", "SAA"},     {RD_DIA_LOCATION_INFO, "LIR", "LIA"},
    {RD_DIA_MULTIMEDIA_AUTH, "MAR", "MAA"},       {RD_DIA_REGISTRATION_TERMINATION, "RTR", "RTA"},
    {RD_DIA_PUSH_PROFILE, "PPR", "PPA"},          {RD_DIA_USER_DATA, "UDR", "UDA"},
    {RD_DIA_PROFILE_UPDATE, "PUR", "PUA"},        {RD_DIA_SUBSCRIBE_NOTIFICATIONS, "SNR", "SNA"},
    {RD_DIA_PUSH_NOTIFICATION, "PNR", "PNA"},
};

RdAvpId rd_avp_by_name(RdSlice name) {
  for (size_t i = 0; i < sizeof avps / sizeof *avps; i++)
    if (rd_slice_is_nocase(name, avps[i].name))
      return avps[i].id;
  return RD_AVP_NONE;
}

const char *rd_avp_name(RdAvpId id) {
  for (size_t i = 0; i < sizeof avps / sizeof *avps; i++)
    if (avps[i].id == id)
      return avps[i].name;
  return NULL;
}

const char *rd_dia_command_name(uint32_t command, bool request) {
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    if (commands[i].code == command)
      return request ? commands[i].request : commands[i].answer;
  return NULL;
}
