import { useState } from "react";
import { withQuery } from "../../api/client";
import type { AuctionListItem, AuctionStatus, Page } from "../../api/types";
import { exactly, moment, plural, words } from "../../format/format";
import { useResource } from "../../live/hooks";
import { Icon } from "../../parts/Icon";
import { Button, Card, Countdown, Empty, PageHead, Segments, Shown, Status, type Tone } from "../../parts/parts";
import { hashOf, usePlace } from "../../parts/router";
import { AuctionDetail } from "./AuctionDetail";
import { CreateAuction } from "./CreateAuction";
import "./auctions.css";

export const auctionTones: Record<string, Tone> = { open: "accent", "awaiting-start": "warn", running: "good", sold: "violet", unsold: "calm", cancelled: "calm" };

const filters: readonly (readonly [AuctionStatus | "", string])[] = [["", "All"], ["open", "Open"], ["running", "Running"], ["sold", "Sold"]];

export function AuctionsPage() {
  const place = usePlace();
  const [status, setStatus] = useState<AuctionStatus | "">("");
  const [creating, create] = useState(false);
  const list = useResource<Page<AuctionListItem>>(withQuery("/api/auctions", { status, limit: 100 }), (event) => event.category === "auction");
  const chosen = place.rest[0] ?? list.data?.items[0]?.id ?? null;
  return (
    <div className="page">
      <PageHead
        title="Auctions"
        actions={
          <Button kind="primary" onClick={() => create(true)}>
            <Icon name="plus" />
            New auction
          </Button>
        }
      >
        Sealed rounds, English, Dutch, first-price and Vickrey. A sealed bid is seen by nobody but its bidder until its round is over.
      </PageHead>
      <div className="columns list">
        <Card label="All auctions" flush>
          <div className="list-head">
            <Segments label="Status" options={filters} value={status} onChange={setStatus} />
          </div>
          <Shown of={list}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty icon="auctions" title="No auction here">
                  Open one, or look at those in another status.
                </Empty>
              ) : (
                <nav className="picks scroll" aria-label="Auctions">
                  {items.map((auction) => (
                    <Pick key={auction.id} auction={auction} isChosen={auction.id === chosen} />
                  ))}
                </nav>
              )
            }
          </Shown>
        </Card>
        {chosen === null ? (
          <Card label="Auction">
            <Empty icon="auctions" title="No auction chosen">Choose one in the list.</Empty>
          </Card>
        ) : (
          <AuctionDetail key={chosen} id={chosen} at={place.query.get("at")} />
        )}
      </div>
      <CreateAuction open={creating} onClose={() => create(false)} />
    </div>
  );
}

function Pick({ auction, isChosen }: { auction: AuctionListItem; isChosen: boolean }) {
  const closes = auction.roundClosesAt ?? auction.closesAt;
  return (
    <a className="pick" href={hashOf("auctions", [auction.id])} aria-current={isChosen}>
      <span className="spread">
        <strong>{auction.item}</strong>
        <Status value={auction.status} tones={auctionTones} />
      </span>
      <span className="spread small soft">
        <span>
          {words(auction.format)} by {auction.auctioneer}, {plural(auction.participantCount, "bidder")}
        </span>
        <span className="nowrap">
          {auction.winner !== null ? (
            exactly(auction.winner.price)
          ) : auction.status === "running" && closes !== null ? (
            <Countdown until={closes} />
          ) : (
            moment(auction.createdAt)
          )}
        </span>
      </span>
    </a>
  );
}
