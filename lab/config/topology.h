/* topology.h - networks, nodes and what joins them, as read from topologies/NAME.yaml. */
#pragma once

#include <glib.h>

#include "lab/plugin/loader.h"
#include "lab/text/names.h"
#include "redoubt/base.h"

typedef enum { RD_FLOW = 0, RD_PACKET } RdFidelity;

/* An access line: how a node (or a whole population) is joined to a network's hub. */
typedef struct {
  uint64_t rate; /* bit/s; 0: no serialisation delay */
  RdTime delay; /* one way, node to hub */
  double loss; /* probability, of each packet, on this line alone: a message crosses two lines */
  uint32_t queue; /* packets that may wait to be serialised; more are dropped */
} RdLine;

typedef struct {
  char *name;
  RdInterface interface;
  char *domain; /* trust domain; defaults to the network's name */
  RdFidelity fidelity;
  RdAddress prefix; /* lowest address; family 4 or 6 */
  uint8_t prefix_length;
  RdLine line; /* what each attached node gets unless it says otherwise */
  double path_loss; /* probability, of each message, from sender to receiver */
  bool sealed; /* who listens on its lines gets a cipher's bytes */
} RdNetwork;

typedef struct {
  unsigned network; /* index into the topology's networks */
  RdLine line;
} RdAttach;

/* Whose the workers are: the node's, taking what came first at any of its addresses; or as many for
 * each address, taking what came there; or the node's, and so is one socket for all addresses. */
typedef enum { RD_SHARE_NODE = 0, RD_SHARE_ADDRESS, RD_SHARE_SOCKET } RdSharing;

/* The CPU of a node; workers == 0: infinitely fast (populations). */
typedef struct {
  unsigned workers; /* in all, or of each address */
  RdSharing sharing;
  uint64_t buffer; /* of each socket, octets of kernel memory; more is dropped unjudged */
  RdTime tick; /* the node's timers fire on multiples of it; 0: exactly */
  double speed; /* 1 = as the cost table says; 2 = twice as fast */
  uint64_t connections; /* that may be open at once; 0: any number */
  uint64_t
      unframed; /* octets of a stream that may wait to become a message; 0: as the engine has it */
} RdCpu;

typedef struct {
  char *name;
  const RdPart *part; /* kind node; borrowed from the loader */
  void *config; /* filled from the part's parameter rows */
  RdAttach *attach;
  unsigned n_attach;
  RdCpu cpu;
  uint64_t entities;
} RdNode;

typedef struct {
  char *name, *path;
  RdNetwork *networks;
  unsigned n_networks;
  RdNode *nodes;
  unsigned n_nodes;
} RdTopology;

const char *rd_fidelity_name(RdFidelity fidelity); /* "flow", "packet" */
const char *rd_sharing_name(RdSharing sharing); /* "node", "address", "socket" */
/* NULL: error holds every diagnostic, ready to print. */
RdTopology *rd_topology_load(const char *path, RdParts *parts, GError **error);
int rd_topology_network(const RdTopology *t, const char *name); /* index, or -1 */
int rd_topology_node(const RdTopology *t, const char *name);
void rd_topology_free(RdTopology *t); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdTopology, rd_topology_free)
