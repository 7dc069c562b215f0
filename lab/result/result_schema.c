/* result_schema.c - has result.json's writer describe a result that has one of everything. */
#include "lab/result/result_schema.h"

#include "lab/result/result_internal.h"

/* One of everything that a result counts: no array of it is empty. */
static void fill(RdResult *r) {
  const RdVerdict verdict = {.size = sizeof verdict, .action = RD_DROP, .score = 0.5};
  rd_result_judged(r, 0, 0, RD_ATTACKED, 1, RD_SIP_INVITE, &verdict, RD_SECOND, 1);
  rd_result_judged(r, 0, 0, RD_BENIGN, 0, RD_SIP_INVITE, &verdict, RD_SECOND, 1);
  rd_result_claim(r, 0, "kind", 1, true);
  for (unsigned truth = 0; truth < RD_TRUTH_COUNT; truth++)
    rd_result_served(r, 0, (RdTruth)truth, 1, 1);
  rd_result_fact(r, "kind", 1, 0);
  rd_result_counter(r, RD_NODE, 0, "name", 1);
  rd_result_counter(r, RD_ATTACK, 0, "name", 1);
  rd_result_counter(r, RD_DEFENSE, 0, "name", 1);
  rd_result_loopback(r, 0, "127.0.0.0/8");
}

void rd_result_schema_put(RdJson *into, const char *key) {
  RdPart part = {0};
  RdAttach attach = {.network = 0};
  RdNetwork network = {.name = (char *)"network"};
  RdNode node = {.name = (char *)"node", .part = &part, .attach = &attach, .n_attach = 1};
  RdTopology topology = {.name = (char *)"topology",
                         .networks = &network,
                         .n_networks = 1,
                         .nodes = &node,
                         .n_nodes = 1};
  RdTrialAttack attack = {.name = (char *)"attack", .part = &part, .family = "family"};
  RdTrialDefense defense = {.name = (char *)"defense", .part = &part, .n_places = 1, .apart = true};
  g_autofree void *places = g_malloc0(sizeof *defense.places);
  defense.places = places;
  RdTrial trial = {.name = (char *)"trial",
                   .topology = &topology,
                   .duration = RD_SECOND,
                   .attacks = &attack,
                   .n_attacks = 1,
                   .defenses = &defense,
                   .n_defenses = 1};
  part.plugin.name = part.plugin.family = "part";
  RdResult *r = rd_result_new(&trial);
  RdJson shape;
  fill(r);
  rd_json_init_shape(&shape);
  rd_result_write_all(r, NULL, NULL, &shape);
  rd_json_finish_shape(&shape, into, key);
  rd_result_free(r);
}

char *rd_result_schema(void) {
  RdJson j;
  rd_json_init(&j);
  rd_result_schema_put(&j, NULL);
  return rd_json_finish(&j);
}
