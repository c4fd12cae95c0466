import java.io.File;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.profiles.OWL2DLProfile;
import org.semanticweb.owlapi.profiles.OWL2RLProfile;
import org.semanticweb.owlapi.profiles.OWLProfile;
import org.semanticweb.owlapi.profiles.OWLProfileViolation;

/** Prints, for each file named, a line for each fault that the OWL API finds: the file, the profile, the fault. */
final class Profiles {
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            OWLOntology ontology = OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(new File(file));
            System.out.println(file + "\taxioms\t" + ontology.getAxiomCount());
            for (OWLProfile profile : new OWLProfile[] {new OWL2DLProfile(), new OWL2RLProfile()}) {
                for (OWLProfileViolation fault : profile.checkOntology(ontology).getViolations()) {
                    String name = profile.getClass().getSimpleName();
                    System.out.println(file + "\t" + name + "\t" + fault.toString().replaceAll("\\s+", " "));
                }
            }
        }
    }
}
