/* SPDX-License-Identifier: ISC */
/* addr.c -- see addr.h.  The ranges are those of IANA's special-purpose registries. */
#include "io/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

static const struct {
	uint32_t	net;
	unsigned	bits;
	enum addr_class	class;
} v4_ranges[] = {
	{ 0x00000000, 8, ADDR_FORBIDDEN },	/* this network; 0.0.0.0 is loopback to Linux */
	{ 0x0a000000, 8, ADDR_PRIVATE },	/* 10/8 */
	{ 0x64400000, 10, ADDR_PRIVATE },	/* 100.64/10, carrier NAT */
	{ 0x7f000000, 8, ADDR_LOOPBACK },
	{ 0xa9fe0000, 16, ADDR_FORBIDDEN },	/* 169.254/16, cloud metadata */
	{ 0xac100000, 12, ADDR_PRIVATE },	/* 172.16/12 */
	{ 0xc0000000, 24, ADDR_FORBIDDEN },	/* 192.0.0/24, protocol assignments */
	{ 0xc0000200, 24, ADDR_FORBIDDEN },	/* 192.0.2/24, documentation */
	{ 0xc0586300, 24, ADDR_FORBIDDEN },	/* 192.88.99/24, 6to4 relays */
	{ 0xc0a80000, 16, ADDR_PRIVATE },	/* 192.168/16 */
	{ 0xc6120000, 15, ADDR_FORBIDDEN },	/* 198.18/15, benchmarks */
	{ 0xc6336400, 24, ADDR_FORBIDDEN },	/* 198.51.100/24, documentation */
	{ 0xcb007100, 24, ADDR_FORBIDDEN },	/* 203.0.113/24, documentation */
	{ 0xe0000000, 3, ADDR_FORBIDDEN },	/* multicast, reserved, broadcast */
};

static enum addr_class
addr_classify_v4(uint32_t ip)
{
	for (size_t i = 0; i < sizeof(v4_ranges) / sizeof(v4_ranges[0]); i++)
		if ((ip ^ v4_ranges[i].net) >> (32 - v4_ranges[i].bits) == 0)
			return v4_ranges[i].class;
	return ADDR_PUBLIC;
}

static uint32_t
addr_read32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static enum addr_class
addr_classify_v6(const uint8_t *a)
{
	static const uint8_t zero[16], nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(a, zero, 15) == 0 && a[15] == 1)
		return ADDR_LOOPBACK;
	if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0)
		return addr_classify_v4(addr_read32(a + 12));
	if ((a[0] & 0xfe) == 0xfc)
		return ADDR_PRIVATE;
	/* Only 2000::/3 is global unicast; in it, 6to4, Teredo and documentation. */
	if ((a[0] & 0xe0) != 0x20 || addr_read32(a) == 0x20010000 ||
	    addr_read32(a) == 0x20010db8 || (a[0] == 0x20 && a[1] == 0x02))
		return ADDR_FORBIDDEN;
	return ADDR_PUBLIC;
}

enum addr_class
addr_classify(const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET && len >= sizeof(in)) {
		memcpy(&in, sa, sizeof(in));
		return addr_classify_v4(ntohl(in.sin_addr.s_addr));
	}
	if (sa->sa_family == AF_INET6 && len >= sizeof(in6)) {
		memcpy(&in6, sa, sizeof(in6));
		return addr_classify_v6(in6.sin6_addr.s6_addr);
	}
	return ADDR_FORBIDDEN;
}

bool
addr_classify_host(const char *host, enum addr_class *out)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t ip[16];
	size_t len = strlen(host);

	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, ip) == 1)
		*out = addr_classify_v4(addr_read32(ip));
	else if (inet_pton(AF_INET6, text, ip) == 1)
		*out = addr_classify_v6(ip);
	else
		return false;
	return true;
}

const char *
addr_class_name(enum addr_class class)
{
	static const char *const names[] = {
		[ADDR_PUBLIC] = "public",
		[ADDR_LOOPBACK] = "loopback",
		[ADDR_PRIVATE] = "private",
		[ADDR_FORBIDDEN] = "forbidden",
	};

	return names[class];
}
