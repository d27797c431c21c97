import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * The JDK's validator over a fleet of certificates below one CA, with CRLs, objects and code warm. Reads the file that
 * the benchmark wrote: milliseconds of the time, root, intermediate, two CRLs, number of leaves, leaves; octets with their
 * length before them. Goes on for as many seconds as the second argument says, one round at least, and prints nanoseconds
 * for each validation of the fastest round.
 */
public final class Warm {
    public static void main(String[] arguments) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        try (DataInputStream in = new DataInputStream(new FileInputStream(arguments[0]))) {
            Date now = new Date(in.readLong());
            X509Certificate root = certificate(factory, in);
            X509Certificate intermediate = certificate(factory, in);
            List<X509CRL> crls = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                crls.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(octets(in))));
            }
            int count = in.readInt();
            List<CertPath> paths = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                paths.add(factory.generateCertPath(List.of(certificate(factory, in), intermediate)));
            }
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
            parameters.setDate(now);
            parameters.setRevocationEnabled(true);
            parameters.addCertStore(
                    CertStore.getInstance("Collection", new CollectionCertStoreParameters(crls)));
            CertPathValidator validator = CertPathValidator.getInstance("PKIX");
            long fastest = Long.MAX_VALUE;
            long end = System.nanoTime() + Long.parseLong(arguments[1]) * 1_000_000_000L;
            do {
                long start = System.nanoTime();
                for (CertPath path : paths) {
                    validator.validate(path, parameters);
                }
                fastest = Math.min(fastest, System.nanoTime() - start);
            } while (System.nanoTime() < end);
            System.out.println(fastest / count);
        }
    }

    private static X509Certificate certificate(CertificateFactory factory, DataInputStream in)
            throws Exception {
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(octets(in)));
    }

    private static byte[] octets(DataInputStream in) throws Exception {
        byte[] octets = new byte[in.readInt()];
        in.readFully(octets);
        return octets;
    }
}
