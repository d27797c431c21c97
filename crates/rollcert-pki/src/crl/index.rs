use core::cmp::Ordering;
use core::fmt;
use std::sync::Arc;

use crate::asn1::DecodeError;
use crate::crl::entry::{RevokedEntry, is_removal, issuer_of};
use crate::crl::error::CrlError;
use crate::crl::view::Crl;
use crate::crl::walk::{EntryFacts, Fields, Issuer, count, walk};
use crate::limits::Limits;
use crate::name::Name;
use crate::serial::{SerialNumber, shortest};

/// A CRL whose entries are found by serial number.
///
/// Made in one walk over the entries, which checks the structure of each, and a sort. It keeps some 17 octets for
/// each entry beside the octets of the CRL, and 4 more for each that names another issuer: a part of the
/// serial number, and the place of the entry, where date and reason are read when asked for.
///
/// [`Self::find`] takes time that grows with the logarithm of the number of entries, whatever their serial
/// numbers are; [`Self::find_for`] also with how many other issuers have a certificate of that number listed.
///
/// `Octets` is what holds the octets of the CRL, as in [`Crl`].
///
/// ```
/// use rollcert_pki::{CrlIndex, Limits, SerialNumber};
///
/// # fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let octets = include_bytes!("../../tests/fixtures/crl/openssl.crl").as_slice();
/// let index = CrlIndex::build(octets, &Limits::default())?;
/// // Verify `index.crl()` under the key of its issuer before it decides anything, and see whether
/// assert!(index.crl().is_understood());
/// let entry = index.find(&SerialNumber::from_hex("1001")?).ok_or("not revoked")?;
/// println!("revoked on {}: {:?}", entry.revocation_date(), entry.reason()?);
/// assert!(index.find(&SerialNumber::from_hex("1234")?).is_none());
/// # Ok(())
/// # }
/// ```
///
/// # Several entries for one certificate
///
/// RFC 5280 does not say what they mean. The first one counts, except that one which takes the certificate off
/// the list ([`ReasonCode::RemoveFromCrl`](crate::extension::ReasonCode::RemoveFromCrl)) gives way to any
/// other.
#[derive(Clone)]
pub struct CrlIndex<Octets = Arc<[u8]>> {
    crl: Crl<Octets>,
    /// In the order of the serial numbers, first by their lowest bits.
    slots: Vec<Slot>,
    directory: Directory,
    /// The places of the entries that name the issuer of their certificate, in the order of the CRL.
    issuers: Vec<u32>,
}

/// Where an entry is, under a key that is quick to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    /// The lowest 64 bits of the serial number: the ones that differ most from one to the next, whether numbers
    /// are counted or drawn by chance.
    low: u64,
    place: u32,
}

impl<Octets: AsRef<[u8]>> CrlIndex<Octets> {
    /// Reads the DER of one CRL and indexes its entries.
    ///
    /// The signature is not looked at: see [`Crl::verify_signature_by`].
    ///
    /// # Errors
    ///
    /// As [`Crl::from_der`]; [`CrlError::Decode`] also beyond [`Limits::crl_octets`] and
    /// [`Limits::crl_entries`].
    pub fn build(octets: Octets, limits: &Limits) -> Result<Self, CrlError> {
        let mut sorter = Sorter::new(octets.as_ref().len(), limits)?;
        let crl = Crl::walked(octets, |octets, revoked| sorter.take(octets, revoked))?;
        Ok(sorter.into_index(crl))
    }

    /// Indexes the entries of a CRL that was read before, such as one whose signature was found good.
    ///
    /// # Errors
    ///
    /// [`CrlError::Decode`] beyond [`Limits::crl_octets`] and [`Limits::crl_entries`].
    pub fn of(crl: Crl<Octets>, limits: &Limits) -> Result<Self, CrlError> {
        let mut sorter = Sorter::new(crl.as_der().len(), limits)?;
        sorter.take(crl.as_der(), crl.revoked())?;
        Ok(sorter.into_index(crl))
    }

    /// The CRL itself.
    #[must_use]
    pub const fn crl(&self) -> &Crl<Octets> {
        &self.crl
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// How many octets of memory the index takes beside those of the CRL.
    #[must_use]
    pub fn memory(&self) -> usize {
        let numbers = self.directory.starts.capacity() + self.issuers.capacity();
        size_of::<Slot>() * self.slots.capacity() + size_of::<u32>() * numbers
    }

    /// The entry for the certificate with this serial number, of those that the issuer of the CRL has issued.
    ///
    /// `None` says that the CRL does not list it, and nothing more: whether the CRL covers the certificate, is
    /// current and [understood](Crl::is_understood) is another matter.
    #[must_use]
    pub fn find(&self, serial: &SerialNumber) -> Option<RevokedEntry<'_>> {
        self.find_for(self.crl.issuer(), serial)
    }

    /// The entry for the certificate with this issuer and serial number, as an indirect CRL may list it
    /// (RFC 5280 §5.3.3).
    ///
    /// An entry whose issuer cannot be read counts as one of every issuer, so that no revocation is missed.
    #[must_use]
    pub fn find_for(&self, issuer: &Name, serial: &SerialNumber) -> Option<RevokedEntry<'_>> {
        // One list of names, of any length, may hold for any number of entries after it: it is read for the first of them.
        let mut refuted = None;
        self.alike(serial).iter().find_map(|slot| {
            // RFC 5280 §5.3.3: an issuer counts for the entries after it too, until another is named.
            let named = self.issuers.partition_point(|named| *named <= slot.place);
            if refuted == Some(named) {
                return None;
            }
            refuted = Some(named);
            self.entry(slot.place, named)
                .filter(|entry| entry.is_issued_by(issuer))
        })
    }

    /// How many entries [`Self::find_for`] holds against the issuer at the most: an indirect CRL may list one number for
    /// any number of issuers.
    #[must_use]
    pub fn count_for(&self, serial: &SerialNumber) -> usize {
        self.alike(serial).len()
    }

    /// The slots with this serial number; where no entry names an issuer, the first one alone, which answers for all.
    fn alike(&self, serial: &SerialNumber) -> &[Slot] {
        let octets = self.crl.as_der();
        let wanted = shortest(serial.as_der_content());
        let low = low_bits(wanted);
        let order = |slot: &Slot| {
            let by_number = || serial_at(octets, slot.place).cmp(wanted);
            slot.low.cmp(&low).then_with(by_number)
        };
        let near = self.directory.slots_near(&self.slots, low);
        let first = near.partition_point(|slot| order(slot) == Ordering::Less);
        let alike = near.get(first..).unwrap_or_default();
        let is_alike = |slot: &Slot| order(slot) == Ordering::Equal;
        let count = if self.issuers.is_empty() {
            usize::from(alike.first().is_some_and(is_alike))
        } else {
            alike.partition_point(is_alike)
        };
        alike.get(..count).unwrap_or_default()
    }

    /// The entry at this place, up to which so many entries have named an issuer.
    fn entry(&self, place: u32, named: usize) -> Option<RevokedEntry<'_>> {
        let octets = self.crl.as_der();
        let (fields, offset) = fields_at(octets, place)?;
        let issuer = named
            .checked_sub(1)
            .and_then(|nearest| self.issuers.get(nearest))
            .and_then(|nearest| fields_at(octets, *nearest))
            .and_then(|(fields, offset)| issuer_of(&fields, offset));
        Some(RevokedEntry::new(fields, offset, self.crl.issuer(), issuer))
    }
}

/// Where the slots begin whose lowest bits lie in each of many equal ranges, so that a search begins close to its
/// end. Numbers that crowd in few ranges cost the steps that this would have saved, and no more.
#[derive(Clone, Debug)]
struct Directory {
    /// The lowest of all lowest bits.
    least: u64,
    /// The size of a range, as a power of two.
    shift: u32,
    /// Where each range begins among the slots, and after the last one where they end.
    starts: Vec<u32>,
}

impl Directory {
    fn of(slots: &[Slot]) -> Self {
        let least = slots.first().map_or(0, |slot| slot.low);
        let span = slots.last().map_or(0, |slot| slot.low - least);
        // At least one, as no shift takes away all bits.
        let wanted = (slots.len() / SLOTS_IN_RANGE) | 1;
        let bits_wanted = usize::BITS - wanted.leading_zeros();
        let shift = (u64::BITS - span.leading_zeros()).saturating_sub(bits_wanted);
        let ranges = usize::try_from(span >> shift).unwrap_or_default() + 1;
        let mut starts = Vec::with_capacity(ranges + 1);
        let mut index = 0_u32;
        for slot in slots {
            let range = usize::try_from((slot.low - least) >> shift).unwrap_or_default();
            while starts.len() <= range {
                starts.push(index);
            }
            index += 1;
        }
        starts.push(index);
        Self {
            least,
            shift,
            starts,
        }
    }

    /// The slots among which those with these lowest bits are, if there are any.
    fn slots_near<'a>(&self, slots: &'a [Slot], low: u64) -> &'a [Slot] {
        let bounds = low
            .checked_sub(self.least)
            .and_then(|distance| usize::try_from(distance >> self.shift).ok())
            .and_then(|range| self.starts.get(range..)?.first_chunk());
        let Some([start, end]) = bounds else {
            return &[];
        };
        let bound = |index: &u32| usize::try_from(*index).ok();
        bound(start)
            .zip(bound(end))
            .and_then(|(start, end)| slots.get(start..end))
            .unwrap_or_default()
    }
}

/// What the walk collects.
struct Sorter {
    most: usize,
    slots: Vec<Slot>,
    issuers: Vec<u32>,
}

impl Sorter {
    fn new(octets: usize, limits: &Limits) -> Result<Self, CrlError> {
        // Places are counted in 32 bits.
        let most = u32::try_from(limits.crl_octets).unwrap_or(u32::MAX);
        if u32::try_from(octets).map_or(true, |octets| octets > most) {
            return Err(DecodeError::limit("octets", limits.crl_octets, 0).into());
        }
        Ok(Self {
            most: limits.crl_entries,
            slots: Vec::new(),
            issuers: Vec::new(),
        })
    }

    fn take(
        &mut self,
        octets: &[u8],
        revoked: core::ops::Range<usize>,
    ) -> Result<EntryFacts, CrlError> {
        // Counting costs a hundredth of what growing would.
        let entries = count(octets.get(revoked.clone()).unwrap_or_default());
        self.slots.reserve_exact(entries.min(self.most));
        let Self {
            most,
            slots,
            issuers,
        } = self;
        walk(octets, revoked, |offset, fields, issuer| {
            let place = u32::try_from(offset)
                .ok()
                .filter(|_| slots.len() < *most)
                .ok_or_else(|| DecodeError::limit("entries", *most, offset))?;
            let low = low_bits(shortest(fields.serial));
            slots.push(Slot { low, place });
            if issuer == Issuer::Named {
                issuers.push(place);
            }
            Ok(())
        })
    }

    fn into_index<Octets: AsRef<[u8]>>(mut self, crl: Crl<Octets>) -> CrlIndex<Octets> {
        self.slots.sort_unstable();
        let octets = crl.as_der();
        // Numbers alike in their lowest bits are put in order by the whole of them, and entries for the same number
        // so that the one which counts comes first.
        for alike in self.slots.chunk_by_mut(|one, next| one.low == next.low) {
            if alike.len() > 1 {
                alike.sort_by_cached_key(|slot| match fields_at(octets, slot.place) {
                    Some((fields, offset)) => {
                        let is_removal = is_removal(&fields, offset);
                        (shortest(fields.serial), is_removal, slot.place)
                    }
                    None => Default::default(),
                });
            }
        }
        self.issuers.shrink_to_fit();
        CrlIndex {
            crl,
            directory: Directory::of(&self.slots),
            slots: self.slots,
            issuers: self.issuers,
        }
    }
}

/// The entry at this place, and the place.
fn fields_at(octets: &[u8], place: u32) -> Option<(Fields<'_>, usize)> {
    let offset = usize::try_from(place).ok()?;
    Some((Fields::at(octets, offset)?, offset))
}

/// The shortest octets of the serial number of the entry at this place.
fn serial_at(octets: &[u8], place: u32) -> &[u8] {
    fields_at(octets, place)
        .map(|(fields, _)| shortest(fields.serial))
        .unwrap_or_default()
}

/// The number modulo 2 to the 64th, of its shortest octets.
fn low_bits(serial: &[u8]) -> u64 {
    if let Some(octets) = serial.last_chunk() {
        return u64::from_be_bytes(*octets);
    }
    let sign = match serial {
        [0x80..=0xff, ..] => u64::MAX,
        _ => 0,
    };
    serial
        .iter()
        .fold(sign, |number, octet| number << 8 | u64::from(*octet))
}

impl<Octets: AsRef<[u8]>> fmt::Debug for CrlIndex<Octets> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrlIndex")
            .field("crl", &self.crl)
            .finish_non_exhaustive()
    }
}

/// How many slots share a range of the directory, on average: as many as lie side by side in two lines of a cache.
const SLOTS_IN_RANGE: usize = 8;
